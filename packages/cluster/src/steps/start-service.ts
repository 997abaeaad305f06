import { setTimeout as sleep } from "node:timers/promises";
import { CommandFailed } from "@k3s-lab/exec";
import { Problem } from "@k3s-lab/problem";
import { NotRunning } from "@k3s-lab/machines";
import { environmentFile } from "../config/node-files.js";
import { managerOf, serviceOf, startScript } from "../config/service.js";
import type { NodeSeen } from "../node/node-seen.js";
import type { Nodes } from "../node/nodes.js";
import type { NodeFile } from "../node/write-files.js";
import { wrongFiles, writeFiles } from "./configure.js";

/** A server of little power that unpacks its images for the first time takes a minute. */
const startTimeout = 180_000;
const rebootTimeout = 30_000;
const rebootPause = 300;

/** Why K3s has to be started on a node; undefined where it runs with all that it should run with. */
export function whyStart(nodes: Nodes, name: string, seen: NodeSeen, tokens: readonly NodeFile[]): string | undefined {
  const environment = environmentFile(nodes.wish(name), tokens);
  if (!seen.isActive) return "it is not running";
  if (seen.startedWith !== environment.sum) return "what it was started with has changed";
  const wrong = wrongFiles([...tokens, environment], seen);
  if (wrong.length > 0) return `${wrong.map(({ path }) => path).join(", ")} has changed`;
  return seen.isEnabled ? undefined : "it would not start at boot";
}

/** Writes what K3s is started with, starts it, and waits until its service manager says that it runs. */
export async function startService(
  nodes: Nodes,
  name: string,
  tokens: readonly NodeFile[],
  { restart = false, signal }: { readonly restart?: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const wish = nodes.wish(name);
  const environment = environmentFile(wish, tokens);
  const { startedWith } = await nodes.see(name, signal);
  await writeFiles(nodes, name, [...tokens, environment], signal);
  const how = !restart && startedWith === environment.sum ? "start" : "restart";
  const script = startScript(wish.machine, how);
  try {
    await execPatiently(nodes, name, script, signal);
  } catch (error) {
    if (!(error instanceof CommandFailed) || signal.aborted) throw error;
    throw await doesNotRun(nodes, name, "K3s does not start", error);
  }
}

/** A machine that goes down for a reboot, or comes up, refuses to start anything for some seconds. */
export async function execPatiently(nodes: Nodes, name: string, script: string, signal: AbortSignal): Promise<void> {
  const late = AbortSignal.timeout(nodes.within(rebootTimeout));
  for (;;) {
    try {
      await nodes.driver.exec(name, ["sh", "-c", script], { signal, timeout: startTimeout });
      return;
    } catch (error) {
      if (signal.aborted || late.aborted || !isRebooting(error)) throw error;
      await sleep(rebootPause, undefined, { signal });
    }
  }
}

function isRebooting(error: unknown): boolean {
  if (error instanceof NotRunning) return true;
  return error instanceof CommandFailed && /connect to bus|shutting down|is destructive/.test(error.stderr);
}

/** With what K3s said last, because only that tells why. */
export async function doesNotRun(nodes: Nodes, name: string, what: string, cause?: unknown): Promise<Problem> {
  const { machine } = nodes.wish(name);
  const service = serviceOf(machine);
  const manager = managerOf(machine);
  const log = await nodes.driver.exec(name, ["sh", "-c", manager.logScript(service.name)], { answers: "any" }).then(
    ({ stdout }) => stdout.trim(),
    () => "",
  );
  const said = log === "" ? (cause instanceof CommandFailed ? `: ${cause.what}` : "") : `; it said last:\n${log}`;
  const remedy = `All of it: npm run lab:exec -- ${name} ${manager.logCommand(service.name)}`;
  return new Problem("LAB-K3S-005", name, `${what}${said}`, { remedy, cause });
}
