import type { NodeConfig } from "@k3s-lab/lab";
import type { Problem } from "@k3s-lab/problem";

type Addressee = Pick<NodeConfig, "name" | "role" | "address">;

export interface Assignment {
  /** The addresses that nodes had, by their names. */
  readonly remembered: Readonly<Record<string, string>>;
  /** Whether a node may keep an address that it had. */
  mayKeep(address: string): boolean;
  /** What is picked from, the best first. */
  readonly candidates: readonly string[];
  /** The error where too few are left. */
  nothingLeft(): Problem;
}

/**
 * Gives each node an address: the one that lab.yaml gives, else the one it had, else the next that is free; servers
 * are the first to pick.
 */
export function assignAddresses(
  nodes: readonly Addressee[],
  { remembered, mayKeep, candidates, nothingLeft }: Assignment,
): Readonly<Record<string, string>> {
  // Of every node from the start, so that the result has their order.
  const taken = new Map(nodes.map(({ name, address }) => [name, address]));
  const isFree = (address: string) => ![...taken.values()].includes(address);
  for (const { name, address } of nodes) {
    const known = remembered[name];
    if (address === undefined && known !== undefined && isFree(known) && mayKeep(known)) taken.set(name, known);
  }
  const free = candidates.filter(isFree).values();
  for (const { name } of nodes.toSorted((a, b) => rank(a) - rank(b))) {
    const address = taken.get(name) ?? free.next().value;
    if (address === undefined) throw nothingLeft();
    taken.set(name, address);
  }
  return Object.fromEntries(taken) as Record<string, string>;
}

function rank({ role }: Addressee): number {
  return role === "server" ? 0 : 1;
}
