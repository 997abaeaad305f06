import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { exitCode } from "@k3s-lab/problem";
import type { Building, Suite } from "./build-suite.js";
import { type Cluster, seeCluster } from "./cluster.js";
import type { Options } from "./options.js";
import { type PartOutcome, renderPage } from "./page.js";
import { fitting, type Part, parts } from "./parts.js";
import { type Places, root } from "./places.js";
import type { Circumstances } from "./circumstances.js";
import { runPart } from "./run-part.js";
import { runKey, RunStore } from "./run-store.js";
import { count } from "./spec-result.js";

/** A cluster, with what is known of it beside what it tells. */
export interface Tested {
  readonly cluster: Cluster;
  /** Tells its build of K3s from any other, where more is known than the version that it reports. */
  readonly build?: string;
  /** What its nodes run on, in words; undefined for a cluster elsewhere. */
  readonly machine?: string;
  circumstances(): Circumstances;
  /** Runs specs, with whatever has to be done around that. */
  whileTesting<Value>(test: () => Promise<Value>): Promise<Value>;
}

export interface Testing extends Building {
  readonly options: Options;
  readonly places: Places;
  readonly suite: Suite;
}

/** Runs what was asked for, and writes the page where it is due. Resolves with the exit code. */
export async function testCluster(tested: Tested, testing: Testing): Promise<number> {
  const { options, places, suite, note, signal } = testing;
  const { cluster } = tested;
  const seen = await seeCluster(cluster, suite, signal);
  const build = tested.build ?? [cluster.kubeconfig, seen.version, seen.build].join(" ");
  const store = new RunStore(places.runs, runKey(build, suite.key));
  const circumstances = tested.circumstances();
  const how = { ...testing, cluster, store, procs: options.procs, failedAgain: options.failed };
  for (const part of options.parts) {
    if (options.again || options.isOwn) store.clearPart(part.id);
    const leftOut = lacking(part, seen.storageClasses);
    if (leftOut === undefined || options.isOwn) {
      await tested.whileTesting(() => runPart(fitting(part, circumstances.hasSctp), how));
    } else note(`${part.title}: is not run: ${leftOut}`);
  }
  // Parts that were run at another time belong to the page, too.
  const outcomes = (options.isOwn ? options.parts : parts).flatMap((part): readonly PartOutcome[] => {
    const result = store.read(part.id);
    if (result !== undefined) return [{ part, result }];
    const leftOut = lacking(part, seen.storageClasses);
    return leftOut === undefined ? [] : [{ part, leftOut }];
  });
  const page = renderPage({
    k3s: seen.version,
    suite: suite.version,
    machine: tested.machine,
    nodes: seen.nodes,
    outcomes,
    circumstances,
  });
  publish(page, { ...testing, left: parts.length - outcomes.length });
  const failed = options.parts.map((part) => count(store.read(part.id)?.specs ?? [], "failed"));
  return failed.some((specs) => specs > 0) ? exitCode.failed : exitCode.done;
}

/** Tells why a part cannot be run on a cluster; undefined where it can. */
function lacking({ storageClass }: Part, storageClasses: readonly string[]): string | undefined {
  if (storageClass === undefined || storageClasses.includes(storageClass)) return undefined;
  return `the cluster has no StorageClass ${storageClass}`;
}

/** Writes the page to the file that was asked for, else into docs once every part is known; that of one's own is printed. */
function publish(page: string, { options, note, left }: Testing & { readonly left: number }): void {
  const own = join(root, "docs/conformance.md");
  const file = options.report ?? (options.isOwn || left > 0 ? undefined : own);
  if (file !== undefined) {
    writeFileSync(file, page);
    note(`wrote ${file}`);
  } else if (options.isOwn) {
    process.stdout.write(page);
  } else {
    note(`${left} of ${parts.length} parts are left; docs/conformance.md is written after the last`);
  }
}
