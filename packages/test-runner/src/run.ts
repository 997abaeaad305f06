import { readFileSync, statSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { interruption } from "@k3s-lab/exec";
import { bundleTests } from "./bundle-tests.js";
import { type Check, staticChecks } from "./checks.js";
import { goChecks } from "./go.js";
import { findFiles, type Kind, type TestFile } from "./files.js";
import { holdSharedSysctls } from "./hold-shared-sysctls.js";
import { runProgram } from "./program.js";
import { aloneReason, faultsOf, reasonOf } from "./source.js";
import { judge, type Outcome, type Skip, summarize } from "./summary.js";

const minutes = 60_000;
type Timeouts = Readonly<Record<Kind, number>>;
const usualTimeouts: Timeouts = {
  unit: 5 * minutes,
  root: 12 * minutes,
  e2e: 30 * minutes,
  long: 60 * minutes,
  vms: 170 * minutes,
};
const dpkgStatus = "/var/lib/dpkg/status";
/** What two labs at the same time, each of three nodes, do not bring to its knees. */
const forTwoSuites = { memory: 15 * 2 ** 30, processors: 2 };
/** More failing suites than this are no matter of chance. */
const mostAgain = 5;
/** Milliseconds beyond --within that the last suite may take; a second attempt may, too. */
const overtime = 8 * minutes;
const usage = "npm test -- [--unit] [--verbose] [--within MINUTES] [FILE or FOLDER...]";

interface Task {
  readonly name: string;
  /** Whether it is run once more where it fails. */
  readonly mayRunAgain?: boolean;
  /** Whether another suite may run at the same time. */
  readonly mayHaveCompany?: boolean;
  /** Resolves with the result and, where that is worth reading, the output. */
  run(signal: AbortSignal): Promise<{ outcome: Outcome; output: string; skips: readonly Skip[] }>;
}

/** A task that has run. */
interface Done {
  readonly task: Task;
  readonly outcome: Outcome;
  readonly skips: readonly Skip[];
  readonly ms: number;
}

/** What a run needs beyond Node. */
export interface Needs {
  /** Whether root or end-to-end tests run. */
  readonly suites: boolean;
  /** Whether the repository as a whole is checked. */
  readonly checks: boolean;
  readonly inCi: boolean;
}

interface Options {
  readonly env?: NodeJS.ProcessEnv;
  readonly timeouts?: Timeouts;
  /** Installs what a run needs; resolves with whether the run can start. */
  readonly prepare?: (needs: Needs) => Promise<boolean>;
  /** Debian's list of installed packages. */
  readonly packageList?: string;
  /** How many root and end-to-end suites may run at the same time. */
  readonly lanes?: number;
  /** Keeps what suites at the same time would change for each other; resolves with what lets go of it. */
  readonly holdShared?: () => Promise<() => Promise<void>>;
}

/** Runs what the command line asks for; resolves with the exit code. */
export async function runTests(
  root: string,
  args: readonly string[],
  {
    env = process.env,
    timeouts = usualTimeouts,
    prepare = async () => true,
    packageList = dpkgStatus,
    lanes = usualLanes(),
    holdShared = holdSharedSysctls,
  }: Options = {},
): Promise<number> {
  let options;
  try {
    options = parseArgs({
      args: [...args],
      options: { unit: { type: "boolean" }, verbose: { type: "boolean" }, within: { type: "string" } },
      allowPositionals: true,
    });
  } catch (error) {
    console.error(`npm test: ${(error as Error).message.split(". ")[0]}, expected: ${usage}.`);
    return 2;
  }
  const { values, positionals } = options;
  const within = Number(values.within ?? Number.POSITIVE_INFINITY);
  if (!(within > 0)) {
    console.error(`npm test: --within ${values.within}: expected a number of minutes: ${usage}.`);
    return 2;
  }
  const isOver = () => performance.now() > within * minutes;
  const { files, unmatched } = await findFiles(root, positionals, env.INIT_CWD ?? root);
  if (unmatched.length > 0) {
    console.error(`${unmatched.join(", ")}: holds no test file (*.test.ts). Name one, or a folder: ${usage}.`);
    return 2;
  }
  const inCi = env.CI !== undefined && env.CI !== "" && env.CI !== "false";
  const all = positionals.length === 0;
  const suites = !values.unit && files.some(({ kind }) => kind !== "unit");
  if (!(await prepare({ suites, checks: all, inCi }))) return 1;
  const withGo = all || files.some(({ file }) => file.startsWith("packages/k3s-from-modules/"));
  const unitFiles = files.filter(({ kind }) => kind === "unit").map(({ file }) => file);
  await using bundled = await bundleTests(root, unitFiles);
  const fileTasks = (kinds: readonly Kind[]) =>
    files
      .filter(({ kind }) => kinds.includes(kind))
      .map((file) =>
        fileTask(root, file, { timeout: timeouts[file.kind], inCi, packageList, bundle: bundled.find(file.file) }),
      );
  const signal = interruption();
  const done: Done[] = [];
  const attempt = async (task: Task): Promise<Done> => {
    const started = performance.now();
    const ms = () => performance.now() - started;
    const reminder = setInterval(() => console.log(`     ${task.name}: runs since ${seconds(ms())}`), minutes);
    const { outcome, output, skips } = await task.run(signal).finally(() => clearInterval(reminder));
    if (outcome.failed > 0 || values.verbose) console.log(output);
    console.log(line(outcome, ms()));
    return { task, outcome, skips, ms: ms() };
  };
  const work = async (tasks: Iterator<Task>, isTooLate = () => false) => {
    while (!signal.aborted && !isTooLate()) {
      const next = tasks.next();
      if (next.done) return;
      done.push(await attempt(next.value));
    }
  };
  /** CI's machine may be so busy that a lab waits in vain: what fails twice is broken, and what does not is named all the same. */
  const tryAgain = async () => {
    const failed = done.filter(({ task, outcome }) => task.mayRunAgain && outcome.failed > 0);
    for (const first of failed.length > mostAgain ? [] : failed) {
      if (signal.aborted || performance.now() + first.ms > within * minutes + overtime) return;
      console.log(`     ${first.task.name}: runs once more`);
      const second = await attempt(first.task);
      done[done.indexOf(first)] = { ...second, outcome: { ...second.outcome, first: first.outcome } };
    }
  };

  try {
    // Go compiles Kubernetes when nothing is cached: that goes on beside all that does not wait for it.
    const go = work((withGo ? goChecks(root, inCi) : []).map(checkTask).values());
    const quick = [...(all ? staticChecks(root, inCi) : []).map(checkTask), ...fileTasks(["unit"])].values();
    await Promise.all([work(quick), work(quick), go]);
    const inTurn = values.unit ? [] : fileTasks(["root", "e2e", "long", "vms"]);
    const sociable = inTurn.filter(({ mayHaveCompany }) => mayHaveCompany);
    const beside = lanes > 1 && sociable.length > 1 ? sociable : [];
    const alone = inTurn.filter((task) => !beside.includes(task)).values();
    // The short ones last: then neither lane waits long for the other's last suite.
    const together = beside.toReversed().values();
    await work(alone, isOver);
    if (beside.length > 0 && !isOver()) {
      const letGo = await holdShared();
      await Promise.all(Array.from({ length: lanes }, () => work(together, isOver))).finally(letGo);
    }
    for (const task of isOver() ? [...alone, ...together] : []) {
      const { name } = task;
      const skips = [{ name, reason: `the ${values.within} minutes of --within were over` }];
      done.push({ task, outcome: { name, passed: 0, failed: 0, skipped: 1, notes: [] }, skips, ms: 0 });
    }
    await tryAgain();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  // Totals of a part must not look like those of the whole.
  const interrupted = { name: "npm test", passed: 0, failed: 1, skipped: 0, notes: ["was interrupted"] };
  const outcomes = [...done.map(({ outcome }) => outcome), ...(signal.aborted ? [interrupted] : [])];
  const longest = done.toSorted((a, b) => b.ms - a.ms).slice(0, 10);
  console.log(`\nlongest: ${longest.map(({ task, ms }) => `${task.name} ${seconds(ms)}`).join(", ")}`);
  const { text, ok } = summarize(
    outcomes,
    done.flatMap(({ skips }) => skips),
  );
  console.log(`\n${text}`);
  return signal.aborted ? 130 : ok ? 0 : 1;
}

/** Two where this machine is large enough: suites wait more than they compute. */
function usualLanes(): number {
  const { memory, processors } = forTwoSuites;
  return totalmem() >= memory && availableParallelism() >= processors ? 2 : 1;
}

interface FileOptions {
  readonly timeout: number;
  readonly inCi: boolean;
  readonly packageList: string;
  /** What Node runs in place of the file, which then needs no transpiler. */
  readonly bundle: string | undefined;
}

function fileTask(root: string, { file, kind }: TestFile, options: FileOptions): Task {
  const { timeout, inCi, packageList, bundle } = options;
  // Nothing else installs packages in CI meanwhile.
  const isPrepared = inCi && (kind === "root" || kind === "e2e");
  const packagesChangedAt = () => isPrepared && statSync(packageList, { throwIfNoEntry: false })?.mtimeMs;
  const run: Task["run"] = async (signal) => {
    const source = readFileSync(join(root, file), "utf8");
    const args = [...(bundle ? [] : ["--import", "tsx"]), "--enable-source-maps", bundle ?? file];
    const before = packagesChangedAt();
    const result = await runProgram(process.execPath, args, { cwd: root, timeout, signal });
    const reason = reasonOf(source, result.output);
    const installed = packagesChangedAt() === before ? [] : ["installed Debian packages: name them in programs.ts"];
    const faults = [...faultsOf(source), ...result.faults, ...installed];
    const outcome = judge(file, {
      ...result,
      faults,
      reason,
      mustNotSkip: kind === "long" || kind === "vms" || isPrepared,
    });
    const skips = outcome.skipped > 0 ? [{ name: file, reason }] : [];
    return { outcome, output: result.output, skips };
  };
  const isSuite = kind === "root" || kind === "e2e";
  const mayHaveCompany = isSuite && aloneReason(readFileSync(join(root, file), "utf8")) === undefined;
  return { name: file, run, mayRunAgain: isPrepared, mayHaveCompany };
}

function checkTask({ name, run }: Check): Task {
  return {
    name,
    run: async (signal) => {
      const { passed, failed, output, skipped } = await run(signal);
      const outcome = { name, passed, failed, skipped: skipped === undefined ? 0 : 1, notes: [] };
      return { outcome, output, skips: skipped === undefined ? [] : [{ name, reason: skipped }] };
    },
  };
}

function line({ name, passed, failed, skipped }: Outcome, ms: number): string {
  const counts = [
    `${passed} passed`,
    ...(failed ? [`${failed} failed`] : []),
    ...(skipped ? [`${skipped} skipped`] : []),
  ];
  return `${failed > 0 ? "FAIL" : "ok  "} ${name}: ${counts.join(", ")} in ${seconds(ms)}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
