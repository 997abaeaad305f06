// The expected result of each cell, and why. docs/recursion.md is made from it, and the matrix checks it in emulated networks.
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
  d: "a process of the host dials what leaves the node, by the host's routes, into the VIF",
  g: "the gateway is a router without a VIF: it answers that there is no route, or does not answer",
  c: "the host forwards nothing",
  t: "the host looks up what comes from the lab's bridge in a table of the lab's own, which has no route to a VIF",
  n: "the node guard rejects it on the node, whatever sent it",
  h: "the host guard rejects it: nothing is forwarded from the nodes' link to a VIF",
  r: "the node's resolver asks the host's nameserver in the host's name, and the VIF takes what the host asks: nothing is forwarded, so no guard sees it",
  s: "the question reaches the nameserver in the node's name, and the VIF takes only the host's",
} as const;

export type Reason = keyof typeof reasons;

/** Tells whether what a node sends to the cluster's addresses comes back to the host's routes, and so into the VIF. */
export interface Comeback {
  readonly loops: boolean;
  readonly reason: Reason;
  /** For addresses outside the cluster, where they take another way. */
  readonly others?: { readonly loops: boolean; readonly reason: Reason };
}

/** The expected result: at most one connection in the VIF, or as many as the VIF forwards. */
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
  // The node guard knows only the cluster's addresses.
  if (guards.node && isCluster) return { loops: false, reason: "n" };
  if (guards.host && reason === "f") return { loops: false, reason: "h" };
  return { loops, reason };
}
