// What is to come of each cell, and why: docs/recursion.md is made of it, and the matrix holds it against the world.
import type { CellName } from "./cells.js";

export interface Guards {
  readonly node: boolean;
  readonly host: boolean;
}

export const guardings = {
  none: { node: false, host: false },
  host: { node: false, host: true },
  node: { node: true, host: false },
  both: { node: true, host: true },
} as const satisfies Record<string, Guards>;

export type Guarding = keyof typeof guardings;

export const reasons = {
  f: "what no node answers goes to the node's gateway, the host, which forwards it by its routes into the VIF",
  d: "what leaves the node is dialled by a process of the host, by the host's routes, into the VIF",
  g: "the gateway is a router without a VIF: it answers that there is no way, or says nothing",
  c: "the host forwards nothing",
  t: "the host looks up what comes from the lab's bridge in a table of the lab's own, in which no VIF is",
  n: "the node guard rejects it on the node, whoever sent it there",
  h: "the host guard rejects it: nothing is forwarded from the nodes' link to a VIF",
  r: "the node's resolver asks the host's nameserver in the host's name, and the VIF takes what the host asks: no forwarding, no guard",
  s: "the question reaches the nameserver in the node's name, and the VIF takes only the host's",
} as const;

export type Reason = keyof typeof reasons;

/** Whether what a node sends to the cluster's addresses comes back to the host's routes, and so into the VIF. */
export interface Comeback {
  readonly loops: boolean;
  readonly reason: Reason;
  /** Where other addresses than the cluster's take another way. */
  readonly others?: { readonly loops: boolean; readonly reason: Reason };
}

/** At most one connection comes to the VIF, or as many as the VIF forwards. */
export interface Expected {
  readonly loops: boolean;
  readonly reason: Reason;
}

export function expected(comeback: Comeback, guards: Guards, cell: CellName): Expected {
  if (cell === "namesBack") return { loops: true, reason: "r" };
  if (cell === "namesSafe") return { loops: false, reason: "s" };
  const isCluster = cell !== "also";
  const { loops, reason } = isCluster ? comeback : (comeback.others ?? comeback);
  if (!loops) return { loops, reason };
  // The node guard knows the cluster's addresses only.
  if (guards.node && isCluster) return { loops: false, reason: "n" };
  if (guards.host && reason === "f") return { loops: false, reason: "h" };
  return { loops, reason };
}
