import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import { readText } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";
import type { Building, Suite } from "./build-suite.js";
import type { Cluster } from "./cluster.js";
import { ginkgoArgs } from "./ginkgo.js";
import type { Part } from "./parts.js";
import { readReport } from "./read-report.js";
import type { RunStore } from "./run-store.js";
import { serveProgress } from "./serve-progress.js";
import { count, type PartResult, type SpecResult, withAgain } from "./spec-result.js";
import { renderRegistries, renderTestDriver } from "./suite-settings.js";

export interface PartRun extends Building {
  readonly suite: Suite;
  readonly cluster: Cluster;
  readonly store: RunStore;
  /** In place of the part's own number. */
  readonly procs?: number | undefined;
  /** Whether the failed specs of a part that was run are run again. */
  readonly failedAgain: boolean;
}

/**
 * Runs a part to its end and records its result; one that was killed goes on with the specs that had not passed. A part
 * that is recorded is left alone, unless its failures are to be run again.
 */
export async function runPart(part: Part, how: PartRun): Promise<PartResult> {
  const { store, failedAgain } = how;
  const before = store.read(part.id);
  const failures = before?.specs.filter(({ state }) => state === "failed").map(({ name }) => name) ?? [];
  if (before !== undefined && (!failedAgain || failures.length === 0)) return before;
  const { specs, seconds } = await runSpecs(part, before === undefined ? [] : failures, how);
  const result: PartResult = {
    id: part.id,
    date: new Date().toISOString().slice(0, 10),
    seconds: Math.round(seconds) + (before?.seconds ?? 0),
    specs: before === undefined ? specs : withAgain(before.specs, specs),
  };
  store.write(result);
  return result;
}

interface Ran {
  readonly specs: readonly SpecResult[];
  readonly seconds: number;
}

/** Runs the specs of a part, or `only` these. */
async function runSpecs(part: Part, only: readonly string[], how: PartRun): Promise<Ran> {
  const { suite, cluster, store, procs = part.procs, note, signal } = how;
  const done = only.length > 0 ? [] : store.passed(part.id);
  const out = store.attempt(part.id);
  const counted = new Counted(part, done.length, how);
  await using server = await serveProgress({
    onTotal: (total) => counted.expect(total),
    onFailed: (name) => counted.failed(name),
    onPassed: (name) => {
      if (only.length === 0) store.notePassed(part.id, name);
      counted.passed();
    },
  });
  const testDriver = part.storageClass === undefined ? undefined : writeInto(out, "driver.yaml", renderTestDriver());
  const images = cluster.images === undefined ? undefined : renderRegistries(cluster.images);
  const registries = images === undefined ? undefined : writeInto(out, "registries.yaml", images);
  note(`${part.title}: starting; its output is in ${out}`);
  const begun = performance.now();
  const args = ginkgoArgs({
    part,
    suite: suite.folder,
    out,
    kubeconfig: cluster.kubeconfig,
    procs,
    progressUrl: server.url,
    testDriver,
    done,
    only,
  });
  const { stderr } = await run(join(suite.folder, "ginkgo"), args, {
    cwd: out,
    env: { ...cluster.env, KUBE_TEST_REPO_LIST: registries },
    outputFile: join(out, "ginkgo.log"),
    timeout: Infinity,
    signal,
    // Specs that fail are an answer: the report has them.
    answers: "any",
  });
  const seconds = (performance.now() - begun) / 1000;
  writeInto(out, "ginkgo.err", stderr);
  const { specs, fault } = reportIn(out, part, done.length > 0);
  if (fault !== undefined) throw ended(part, out, `ended early: ${fault}`);
  const earlier = done.map((name): SpecResult => ({ name, state: "passed" }));
  const all = [...earlier, ...specs];
  const failed = count(all, "failed");
  note(`${part.title}: ${count(all, "passed")} passed, ${failed} failed, ${count(all, "skipped")} skipped`);
  return { specs: all, seconds };
}

function writeInto(folder: string, name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** `mayBeEmpty`: specs of an earlier run have passed, and that may have been the last of them. */
function reportIn(out: string, part: Part, mayBeEmpty: boolean): ReturnType<typeof readReport> {
  // ginkgo puts the suite's name before it.
  const name = readdirSync(out).find((each) => each.endsWith("report.json"));
  const text = name === undefined ? undefined : readText(join(out, name));
  if (text === undefined) throw ended(part, out, "ended without a report");
  const report = readReport(text);
  if (mayBeEmpty || report.specs.length > 0 || report.fault !== undefined) return report;
  throw ended(part, out, "has no specs, expected its expression to match some");
}

function ended(part: Part, out: string, what: string): Problem {
  return new Problem("LAB-TST-002", part.title, what, {
    remedy: `Look at ginkgo.log and ginkgo.err in ${out}; the next run goes on with the specs that have not passed.`,
  });
}

/** Reports how many specs have ended, of how many. */
class Counted {
  readonly #part: Part;
  readonly #earlier: number;
  readonly #report: Pick<Building, "progress" | "note">;
  #total: number | undefined;
  #passed = 0;
  #failed = 0;

  constructor(part: Part, earlier: number, report: Pick<Building, "progress" | "note">) {
    this.#part = part;
    this.#earlier = earlier;
    this.#report = report;
  }

  expect(total: number): void {
    this.#total = total;
    this.#tell();
  }

  passed(): void {
    this.#passed++;
    this.#tell();
  }

  failed(name: string): void {
    this.#failed++;
    this.#report.note(`${this.#part.title}: failed: ${name}`);
    this.#tell();
  }

  #tell(): void {
    const sum = this.#earlier + this.#passed + this.#failed;
    const total = this.#total === undefined ? "" : ` of ${this.#earlier + this.#total}`;
    this.#report.progress(`${this.#part.title}: ${sum}${total} specs, ${this.#failed} failed`);
  }
}
