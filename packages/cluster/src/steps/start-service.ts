import { CommandFailed, type RunResult } from "@k3s-lab/exec";
import { NotRunning } from "@k3s-lab/machines";
import { Problem } from "@k3s-lab/problem";
import { until } from "@k3s-lab/steps";
import { type DesiredNode, environmentFile, joiningTokenFiles } from "../config/node-files.js";
import { commandsOn, leaveAddressScript, startScript } from "../config/service.js";
import { editedFiles, wordEdited } from "../node/edited-files.js";
import type { NodeSeen } from "../node/node-seen.js";
import type { Nodes } from "../node/nodes.js";
import { dueOf, wordDue } from "../renewal.js";
import { type NodeFile, writeFiles, wrongFiles } from "../node/write-files.js";

/** Milliseconds. A server of little power that unpacks its images for the first time takes a minute to start. */
const timeouts = { start: 180_000, reboot: 30_000 };
const rebootPause = 300;

/** Tells why K3s has to be started on a node; undefined where it runs with all that it should run with. */
export function whyStart(nodes: Nodes, name: string, seen: NodeSeen, tokens: readonly NodeFile[]): string | undefined {
  const environment = environmentOf(nodes, name, seen, tokens);
  if (!seen.isActive) return "it is not running";
  if (seen.startedWith !== environment.sum) return "what it was started with has changed";
  const edited = editedFiles(nodes.desired(name), seen, environment.sum).filter(({ isRead }) => isRead);
  if (edited.length > 0) return wordEdited(edited);
  const wrong = wrongFiles([...tokensOf(nodes, name, seen, tokens), environment], seen);
  if (wrong.length > 0) return `${wrong.map(({ path }) => path).join(", ")} has changed`;
  if (!seen.isEnabled) return "it would not start at boot";
  const due = dueOf(seen.certificates ?? []);
  return due && wordDue(due);
}

/**
 * Returns the environment file of a node. A server that has its store keeps the one that it has, whether it has begun the
 * cluster or joined it: both mean the same to it then.
 */
function environmentOf(nodes: Nodes, name: string, seen: NodeSeen, tokens: readonly NodeFile[]) {
  const isFirst = nodes.servers[0] === name;
  const usual = environmentFile(nodes.desired(name), tokens, isFirst);
  const other = environmentFile(nodes.desired(name), tokens, !isFirst);
  return wrongFiles([other], seen).length === 0 ? other : usual;
}

/** Returns the tokens' files of a node. A server that has joined keeps what it has joined by, which means the same to it. */
function tokensOf(nodes: Nodes, name: string, seen: NodeSeen, tokens: readonly NodeFile[]): readonly NodeFile[] {
  if (seen.joinToken === undefined || !nodes.servers.includes(name)) return tokens;
  const joining = joiningTokenFiles(tokens, seen.joinToken);
  return wrongFiles(joining, seen).length === 0 ? joining : tokens;
}

export interface Starting {
  /** What was seen of the node before. */
  readonly seen: NodeSeen;
  readonly tokens: readonly NodeFile[];
  /** Also where nothing of it has changed: a kubelet registers its node only once, when it starts. */
  readonly restart: boolean;
  /** Of several servers: whether it begins the cluster, or joins it. Default: as it has done. */
  readonly begins?: boolean;
  /** Of one that joins: the agents' token, which tells the authority of the servers that are there. */
  readonly agentsToken?: string | undefined;
  /** Shell that prints what is asked of the node as soon as K3s runs: one process more would wait behind all that it starts. */
  readonly ask?: string;
  readonly signal: AbortSignal;
}

export interface Started {
  /** No later than K3s was started, by the node's clock in seconds since 1970. */
  readonly startedAt: number;
  /** What `ask` has printed. */
  readonly answer: string;
}

/** Writes what K3s is started with, starts it, and waits until its service manager reports that it runs. */
export async function startService(
  nodes: Nodes,
  name: string,
  { seen, tokens, restart, begins, agentsToken, ask = "", signal }: Starting,
): Promise<Started> {
  const desired = nodes.desired(name);
  const environment =
    begins === undefined ? environmentOf(nodes, name, seen, tokens) : environmentFile(desired, tokens, begins);
  const edited = editedFiles(desired, seen, environment.sum).map(({ file }) => file);
  const own = agentsToken === undefined ? tokensOf(nodes, name, seen, tokens) : joiningTokenFiles(tokens, agentsToken);
  await writeFiles(nodes.driver, name, [...edited, ...own, environment], signal);
  const isOutdated = seen.startedWith !== environment.sum || edited.length > 0;
  const isDue = dueOf(seen.certificates ?? []) !== undefined;
  const how = restart || isOutdated || isDue ? "restart" : "start";
  try {
    const leave = how === "restart" && seen.isActive ? leaving(desired) : "";
    const script = (start: string) => `date +%s\n${start}\n${ask}`;
    const first = script(startScript(desired.machine, how));
    const again = isOneOfSeveral(desired) ? script(startScript(desired.machine, "start")) : undefined;
    const { stdout } = await startOnceOrTwice(nodes, name, { first: `${leave}${first}`, again }, signal);
    const [before = "", ...answer] = stdout.split("\n");
    // One that runs is not started again: what it has reported since its own start counts.
    const formerly = how === "start" && seen.isActive ? seen.startedAt : undefined;
    return { startedAt: formerly ?? Number(before), answer: answer.join("\n") };
  } catch (error) {
    if (!(error instanceof CommandFailed) || signal.aborted) throw error;
    throw await doesNotRun(nodes, name, "K3s does not start", error);
  }
}

function isOneOfSeveral({ machine, cluster: { servers } }: DesiredNode): boolean {
  return machine.role === "server" && servers !== undefined;
}

/** Shell that moves the address of several servers away from one that is about to stop: what asks there shall not wait. */
function leaving(desired: DesiredNode): string {
  if (!isOneOfSeveral(desired)) return "";
  return `${leaveAddressScript(desired.machine, new URL(desired.cluster.server).hostname)}\n`;
}

/**
 * Starts K3s, and where there is a second script, once more by that if it has ended: of several servers that come up together, one may
 * end because the others are not there yet.
 */
async function startOnceOrTwice(
  nodes: Nodes,
  name: string,
  { first, again }: { readonly first: string; readonly again: string | undefined },
  signal: AbortSignal,
): Promise<RunResult> {
  try {
    return await execOnceUp(nodes, name, first, signal);
  } catch (error) {
    if (again === undefined || signal.aborted || !(error instanceof CommandFailed)) throw error;
    return execOnceUp(nodes, name, again, signal);
  }
}

/** Runs shell on a node. A machine that goes down for a reboot, or comes up, refuses to start anything for some seconds. */
export async function execOnceUp(nodes: Nodes, name: string, script: string, signal: AbortSignal): Promise<RunResult> {
  let refusal: unknown;
  return until({
    every: rebootPause,
    within: nodes.within(timeouts.reboot),
    signal,
    look: async () => {
      try {
        return { value: await nodes.driver.exec(name, ["sh", "-c", script], { signal, timeout: timeouts.start }) };
      } catch (error) {
        if (!isRebooting(error)) throw error;
        refusal = error;
        return { reason: "the machine is rebooting" };
      }
    },
    late: () => refusal,
  });
}

function isRebooting(error: unknown): boolean {
  if (error instanceof NotRunning) return true;
  if (!(error instanceof CommandFailed)) return false;
  // A shutdown ends all programs by a signal.
  return error.wasKilled || /connect to bus|shutting down|is destructive|call to flock failed/i.test(error.stderr);
}

/** Makes a Problem with the last lines that K3s logged, because only they tell why. */
export async function doesNotRun(nodes: Nodes, name: string, what: string, cause?: unknown): Promise<Problem> {
  const { service, manager } = nodes.service(name);
  const log = await nodes.driver.exec(name, ["sh", "-c", manager.logScript(service)], { answers: "any" }).then(
    ({ stdout }) => stdout.trim(),
    () => "",
  );
  const output = log === "" ? (cause instanceof CommandFailed ? `: ${cause.what}` : "") : `. It logged last:\n${log}`;
  const remedy = `See all of it: ${commandsOn(nodes.desired(name).machine).log}`;
  return new Problem("LAB-K3S-005", name, `${what}${output}`, { remedy, cause });
}
