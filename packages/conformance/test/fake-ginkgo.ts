import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ReportedSpec } from "./reports.js";

/** A suite folder whose ginkgo runs no tests: it does as it is told, posts and reports. */
export interface FakeSuite extends Disposable {
  readonly dir: string;
  readonly folder: string;
  /** Tells how specs end from now on; `killedAfter`: it kills itself after so many, before its report. */
  behave(specs: readonly ReportedSpec[], killedAfter?: number): void;
  /** The names of the specs of each run so far. */
  ran(): readonly (readonly string[])[];
}

/** Goes by the focus and skip of its arguments, as ginkgo does. */
const program = `#!${process.execPath}
const { appendFileSync, readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const values = (flag) => process.argv.filter((arg) => arg.startsWith("--" + flag + "=")).map((arg) => arg.slice(flag.length + 3));
const [told, name] = [JSON.parse(readFileSync(join(__dirname, "told.json"), "utf8")), (spec) => spec.name.join(" ")];
const matches = (flag, spec) => values(flag).some((each) => new RegExp(each).test("Kubernetes e2e suite " + name(spec)));
const post = (body) => fetch(values("progress-report-url")[0], { method: "POST", body: JSON.stringify(body) });
const setUp = told.specs.filter(({ type }) => type !== undefined);
const chosen = told.specs.filter((spec) => spec.type === undefined && matches("focus", spec) && !matches("skip", spec));
(async () => {
  appendFileSync(join(__dirname, "ran.jsonl"), JSON.stringify(chosen.map(name)) + "\\n");
  await post({ msg: "", total: chosen.length });
  const killNow = (ended) => ended === told.killedAfter && process.kill(process.pid, "SIGKILL");
  for (const [index, spec] of chosen.entries()) {
    killNow(index);
    await post({ msg: (spec.state === "passed" ? "PASSED " : "FAILED ") + name(spec), total: chosen.length });
  }
  killNow(chosen.length);
  const all = told.specs.map((spec) => (chosen.includes(spec) || setUp.includes(spec) ? spec : { ...spec, state: "skipped", message: undefined }));
  const reports = all.map((spec) => ({
    ContainerHierarchyTexts: spec.name.slice(0, -1), LeafNodeText: spec.name.at(-1), LeafNodeType: spec.type ?? "It",
    State: spec.state, RunTime: 1e9, Failure: spec.message && { Message: spec.message },
  }));
  writeFileSync(join(values("output-dir")[0], "e2e_report.json"), JSON.stringify([{ SpecReports: reports }]));
  console.log("done");
  process.exitCode = 1;
})();
`;

export function makeFakeSuite(): FakeSuite {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-fake-suite-"));
  const folder = join(dir, "suite");
  mkdirSync(folder);
  writeFileSync(join(folder, "ginkgo"), program);
  chmodSync(join(folder, "ginkgo"), 0o755);
  return {
    dir,
    folder,
    behave: (specs, killedAfter) => writeFileSync(join(folder, "told.json"), JSON.stringify({ specs, killedAfter })),
    ran: () =>
      readFileSync(join(folder, "ran.jsonl"), "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as readonly string[]),
    [Symbol.dispose]: () => rmSync(dir, { recursive: true }),
  };
}
