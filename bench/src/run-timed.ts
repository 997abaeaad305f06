import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CommandFailed, run } from "@k3s-lab/exec";
import { cacheDir } from "@k3s-lab/host";
import { cpuOfEnded } from "./process-tree.js";
import { root } from "./root.js";
import { type SampledRun, sampleTree } from "./sample-tree.js";
import type { TimedLine } from "./timed-event.js";

/** One run of a command. */
export interface Timed {
  /** Milliseconds since 1970 at its start. */
  readonly started: number;
  /** Milliseconds. */
  readonly ms: number;
  /** CPU seconds of everything that it has started and waited for. */
  readonly cpu: number;
  readonly lines: readonly TimedLine[];
}

export interface RunOfCommand {
  readonly env: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Runs a program to its end, and nothing beside it, so that its time is its own. */
export async function runTimed(argv: readonly string[], { env, signal }: RunOfCommand): Promise<Timed> {
  const [program = "", ...args] = argv;
  const lines: TimedLine[] = [];
  const cpuBefore = cpuOfEnded();
  const begun = performance.now();
  const onLine = (line: string) => lines.push({ at: performance.now() - begun, line });
  await run(program, args, { cwd: root, env, signal, onLine, timeout: Infinity }).catch((cause: unknown) => {
    if (!(cause instanceof CommandFailed)) throw cause;
    // With --json a command reports what is wrong as its last events.
    const said = lines.slice(-3).map(({ line }) => line);
    throw new CommandFailed(program, [cause.what, ...said].join("\n"), cause.stderr, cause.exit, cause, cause.signal);
  });
  const ms = performance.now() - begun;
  return { started: performance.timeOrigin + begun, ms, cpu: cpuOfEnded() - cpuBefore, lines };
}

/**
 * Runs a program of ours and samples its processes every so many milliseconds, which costs it some of its time. `argv` begins
 * with Node, in whose place a copy is run.
 */
export async function runSampled(argv: readonly string[], how: RunOfCommand, every: number): Promise<SampledRun> {
  const node = copyOfNode();
  const sampling = sampleTree(every);
  try {
    const { cpu } = await runTimed([node, ...argv.slice(1)], how);
    return { ...sampling.stop(), all: cpu };
  } finally {
    sampling.stop();
  }
}

let copied: string | undefined;

/**
 * Copies Node's program, once, until this process ends. PSS counts pages of a file by share: the bench's own Node, and any other
 * on the host, would take theirs of those of the program. What our processes start by the name of node is the copy, too.
 */
function copyOfNode(): string {
  if (copied === undefined) {
    // Programs can be run from the cache's disk: K3s is.
    const folder = mkdtempSync(`${cacheDir()}-bench-`);
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    copied = join(folder, "node");
    copyFileSync(process.execPath, copied);
  }
  return copied;
}

/** Returns the command line of `k3s-lab`, as its bin runs it. */
export function k3sLab(...words: readonly string[]): readonly string[] {
  return [process.execPath, join(root, "scripts/bin/k3s-lab.js"), ...words];
}
