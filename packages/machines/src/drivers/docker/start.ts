import { CommandFailed, type RunOptions, type RunResult } from "@k3s-lab/exec";
import { docker } from "@k3s-lab/docker";
import { Problem } from "@k3s-lab/problem";
import { networkUnit } from "../../node-files.js";
import { retry } from "../../retry.js";
import { shellArgv } from "../../shell.js";
import { containerOf } from "./container.js";
import { containerName } from "./names.js";

/** Milliseconds. */
const readyTimeout = 30_000;
const pause = 50;

type Exec = (argv: readonly string[], options: RunOptions) => Promise<RunResult>;

export async function startContainer(labId: string, name: string): Promise<void> {
  try {
    const container = containerName(labId, name);
    const isPaused = (await containerOf(labId, name))?.State.Status === "paused";
    await docker([isPaused ? "unpause" : "start", container]);
  } catch (cause) {
    throw notStarted(name, cause);
  }
}

/** Says that a container whose start Docker called done has ended by itself; undefined where it runs, or is gone. */
export async function endedAtOnce(labId: string, name: string, cause: unknown): Promise<Problem | undefined> {
  const state = (await containerOf(labId, name))?.State;
  if (state?.Status !== "exited") return undefined;
  return new Problem("LAB-DKR-006", name, `ended with exit code ${state.ExitCode} right after its start`, {
    remedy: `\`docker start --attach ${containerName(labId, name)}\` shows what it says; then \`npm run lab:up\` tries again.`,
    cause,
  });
}

/** Waits until the machine's network and its service manager can be used. */
export async function waitUntilReady(exec: Exec, signal?: AbortSignal): Promise<void> {
  const argv = [...shellArgv("wait-ready.sh"), networkUnit];
  await retry(() => exec(argv, { timeout: readyTimeout, signal }), {
    mayPass: (error) => error instanceof CommandFailed && error.wasKilled,
    every: pause,
    within: readyTimeout,
    signal,
  });
}

/** Why Docker did not start a container; by its own words, which name the port that another program has. */
export function notStarted(name: string, cause: unknown): Problem {
  const said = outputOf(cause);
  const taken = /(\d{1,3}(?:\.\d{1,3}){3}:\d+)[^\n]*(?:address already in use|port is already allocated)/.exec(
    said,
  )?.[1];
  if (taken !== undefined) {
    return new Problem(
      "LAB-DKR-007",
      name,
      `the port ${taken} of this host is taken by another program, expected it to be free`,
      {
        remedy:
          "End that program; or name another port in lab.yaml (machines.docker.apiPort, registryPort or ports), which makes the machine's container again.",
        cause,
      },
    );
  }
  if (/^Error response from daemon: address already in use$/im.test(said)) {
    return new Problem("LAB-DKR-006", name, "did not start: another container on the lab's network has its address", {
      remedy:
        "`docker ps --all --filter network=NETWORK`, with the network that `docker network ls` shows for the lab, lists them. Remove that container, or connect it with another --ip; then run `npm run lab:up`.",
      cause,
    });
  }
  return new Problem("LAB-DKR-006", name, `did not start: ${wordsOf(cause)}`, {
    remedy: "`npm run lab:up` tries again; `docker events` and the daemon's log tell more.",
    cause,
  });
}

/** Why Docker did not do something, by its own words. */
export function wordsOf(cause: unknown): string {
  const said = outputOf(cause);
  return /Error response from daemon: ([^\n]+)/.exec(said)?.[1] ?? said.split("\n")[0] ?? "";
}

function outputOf(cause: unknown): string {
  return cause instanceof CommandFailed ? cause.stderr : String(cause);
}
