import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { run } from "@k3s-lab/exec";
import { leadsOut, routeTo } from "@k3s-lab/ip";
import { askCable } from "../names.js";
import { type HostNetwork, isPrivate, lanLink } from "../network.js";
import type { Host } from "../probe/host.js";
import { type Answer, answerIn, questionFor } from "./question.js";

/** Seconds to wait for an answer, each of two times. */
const patience = 1.5;
/** Milliseconds for all of it. */
const timeout = 10_000;

const shell = (name: string) => fileURLToPath(new URL(`../../shell/${name}.sh`, import.meta.url));

/** Returns the command line that asks each server for each name, wherever it runs; parseAnswers reads its output. */
export function askCommand(servers: readonly string[], names: readonly string[]): readonly string[] {
  const questions = servers.flatMap((server) => names.flatMap((name) => [server, name, questionFor(name)]));
  return ["sh", "-c", readFileSync(shell("ask-names"), "utf8"), "sh", String(patience), ...questions];
}

/** Returns the best that each server has answered: that it knows one of the names, or else why not. */
export function parseAnswers(output: string): ReadonlyMap<string, Answer> {
  const best = new Map<string, Answer>();
  for (const line of output.split("\n")) {
    const [server = "", , printed] = line.split(" ");
    if (printed === undefined) continue;
    const answer = answerIn(printed);
    const former = best.get(server);
    if (former === undefined || rank(answer) > rank(former)) best.set(server, answer);
  }
  return best;
}

function rank(answer: Answer): number {
  if (answer === "does not answer") return 0;
  return answer === "knows it" ? 2 : 1;
}

export interface Asking {
  readonly labId: string;
  readonly network: HostNetwork;
  readonly host: Host;
  readonly names: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Asks resolvers for names from the nodes' place. On a private LAN that is a network plugged into its bridge, so that the
 * lab's routes, its guard and its translation are all in use. On the host's LAN it is the host itself, which does not ask
 * servers that its packets reach by another way than the nodes'. Servers that were not asked are not in the answer.
 */
export async function askResolvers(
  servers: readonly string[],
  { labId, network, host, names, signal }: Asking,
): Promise<ReadonlyMap<string, Answer>> {
  if (isPrivate(network)) {
    const { lan, gateway, addresses } = network;
    const address = spareAddress(network, Object.values(addresses));
    if (address === undefined) return new Map();
    const plug = [shell("in-lan"), lan.bridge, askCable(labId), `${address}/${lan.subnet.bits}`, gateway];
    return answersOf([...plug, ...askCommand(servers, names)], signal);
  }
  const asked = servers.filter((server) => leavesBy(host, lanLink(network.lan), server));
  return asked.length === 0 ? new Map() : answersOf(askCommand(asked, names).slice(1), signal);
}

async function answersOf(args: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, Answer>> {
  try {
    return parseAnswers((await run("sh", args, { signal, timeout })).stdout);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Error) return new Map();
    throw error;
  }
}

/** Returns the last address of the LAN that no node has; undefined where there is none. */
function spareAddress(
  { gateway, lan: { subnet } }: Pick<HostNetwork, "gateway" | "lan">,
  taken: readonly string[],
): string | undefined {
  for (let offset = subnet.size - 2; offset > 1; offset--) {
    const address = subnet.at(offset);
    if (address !== gateway && !taken.includes(address)) return address;
  }
  return undefined;
}

/** Tells whether the host's own packets to an address leave by a link, whatever rules it has. */
function leavesBy({ routes }: Host, link: string, address: string): boolean {
  const leading = routes.filter(leadsOut);
  const best = routeTo(leading, address);
  return best !== undefined && leading.every(({ dst, dev }) => dst !== best.dst || dev === link);
}
