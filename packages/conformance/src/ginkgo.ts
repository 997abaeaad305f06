import { join } from "node:path";
import type { Part } from "./parts.js";

export interface GinkgoRun {
  readonly part: Part;
  /** The folder with ginkgo, e2e.test and kubectl. */
  readonly suite: string;
  /** The folder that the report is written into. */
  readonly out: string;
  readonly kubeconfig: string;
  /** How many specs run at once. */
  readonly procs: number;
  /** Where the suite posts each spec that has ended. */
  readonly progressUrl: string;
  /** The file that describes the driver of the storage tests. */
  readonly testDriver?: string | undefined;
  /** Names of specs that are left out, because they have passed already. */
  readonly done: readonly string[];
  /** Names of specs; where there are some, only these are run. */
  readonly only: readonly string[];
}

/** Longer than any part has taken. The suite's own limit is an hour. */
const timeout = "12h";

/** Returns ginkgo's arguments: its own, the suite, and the suite's. */
export function ginkgoArgs(run: GinkgoRun): readonly string[] {
  const { part, suite, out, kubeconfig, procs, progressUrl, testDriver, done, only } = run;
  const focus = only.length > 0 ? only.map(exactly) : [part.focus];
  const skip = [...(part.skip === undefined ? [] : [part.skip]), ...done.map(exactly)];
  return [
    `--procs=${procs}`,
    ...focus.map((each) => `--focus=${each}`),
    ...skip.map((each) => `--skip=${each}`),
    "--silence-skips",
    "--no-color",
    `--timeout=${timeout}`,
    `--output-dir=${out}`,
    "--json-report=report.json",
    join(suite, "e2e.test"),
    "--",
    `--kubeconfig=${kubeconfig}`,
    "--provider=skeleton",
    `--kubectl-path=${join(suite, "kubectl")}`,
    `--progress-report-url=${progressUrl}`,
    ...(testDriver === undefined ? [] : [`--storage.testdriver=${testDriver}`]),
  ];
}

/** Returns an expression for one spec by its name. ginkgo matches what the suite is called, a space, and the name. */
export function exactly(name: string): string {
  return `^Kubernetes e2e suite ${name.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)}$`;
}
