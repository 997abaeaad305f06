import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Lab } from "@k3s-lab/lab";
import { ensurePrograms, makeForCaller, type Program } from "@k3s-lab/host";
import { exitCode } from "@k3s-lab/problem";
import type { StageTime } from "@k3s-lab/stages";
import { decodeEvent } from "@k3s-lab/steps";
import { $ } from "zx/core";
import type { Run } from "./run-reported.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const turbo = turboProgram();
/** Without it zx runs nothing, and says nothing of it. */
const shell: Program = { name: "bash", package: "bash", why: "starts the stages" };
const quickNpm = join(root, "scripts/quick-npm");
const shownLogLines = 15;

export interface TurboResult {
  readonly exitCode: number;
  readonly stages: readonly StageTime[];
}

/**
 * Runs a task in every package that has it, for a command of that name. The stages print events; whatever else turbo and
 * node print goes to the log of the run, and is shown only when no stage has reported the problem.
 */
export async function runTurbo(
  task: string,
  lab: Pick<Lab, "file">,
  { report, log }: Pick<Run, "report" | "log">,
  signal: AbortSignal,
  command = task,
): Promise<TurboResult> {
  await ensurePrograms([shell], { install: "never", note: () => {} });
  // turbo's own, which a user goes on to use after a run as root.
  makeForCaller(join(root, ".turbo/cache"));
  const stages = new Map<string, StageTime>();
  const recent: string[] = [];
  let problem: number | undefined;
  const pipeline = $({
    cwd: root,
    quiet: true,
    nothrow: true,
    detached: true,
    // No socket, by which bash would take itself for a login by network where no shell stands above, and run ~/.bashrc.
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      // Its npm comes first; the scripts that it runs find this node.
      PATH: [quickNpm, dirname(process.execPath), process.env.PATH].join(delimiter),
      K3S_LAB_CONFIG: lab.file,
      K3S_LAB_REPORT: "events",
      K3S_LAB_OWNER: String(process.pid),
      TURBO_TELEMETRY_DISABLED: "1",
      NO_UPDATE_NOTIFIER: "1",
    },
  })`${turbo} run ${task} --log-order=stream --log-prefix=none --no-color --no-update-notifier 2>&1`;
  // Once, as a terminal does: at a second signal turbo kills stages that are ending what they started.
  const interrupt = () => {
    try {
      if (pipeline.pid !== undefined) process.kill(-pipeline.pid, "SIGINT");
    } catch {
      // It has ended by itself.
    }
  };
  signal.addEventListener("abort", interrupt, { once: true });
  for await (const line of pipeline) {
    const event = decodeEvent(line);
    if (event === undefined) {
      log?.line(line);
      recent.push(line);
      continue;
    }
    if (event.event === "problem") {
      // Once a stage has failed, turbo interrupts those that wait for it, which is no news.
      if (problem !== undefined && event.exitCode === exitCode.interrupted) continue;
      problem ??= event.exitCode;
    }
    if (event.event === "stage-ended") addTime(stages, event);
    report(event);
  }
  const { exitCode: code } = await pipeline;
  signal.removeEventListener("abort", interrupt);
  if (signal.aborted) return { exitCode: exitCode.interrupted, stages: [...stages.values()] };
  if (code !== 0 && problem === undefined) {
    const message = `${command}: ended with exit code ${code}. The end of its output:\n${recent.filter(isTold).slice(-shownLogLines).join("\n")}`;
    report({ event: "problem", stage: command, message, exitCode: exitCode.failed });
  }
  return { exitCode: problem ?? (code === 0 ? exitCode.done : exitCode.failed), stages: [...stages.values()] };
}

/** Stacks of programs are left to the log. */
function isTold(line: string): boolean {
  return Boolean(process.env.K3S_LAB_DEBUG) || !/^\s+at .+[:(]\d|^node:internal|^Node\.js v/.test(line);
}

/** Finds turbo itself, past its launcher, which is a Node process of its own and only starts it. */
function turboProgram(): string {
  const arch = process.arch === "x64" ? "64" : process.arch;
  const program = join(root, "node_modules/@turbo", `${process.platform}-${arch}`, "bin/turbo");
  return existsSync(program) ? program : join(root, "node_modules/.bin/turbo");
}

/** Adds up a stage that runs twice, once to fill its cache: a person thinks of it as one. */
function addTime(stages: Map<string, StageTime>, { stage, ms, actions }: StageTime): void {
  const known = stages.get(stage) ?? { ms: 0, actions: 0 };
  // Its place among the others is where it ran last.
  stages.delete(stage);
  stages.set(stage, { stage, ms: known.ms + ms, actions: known.actions + actions });
}
