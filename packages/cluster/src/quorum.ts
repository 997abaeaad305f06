import type { Lab } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import type { ClusterSeen } from "./kube.js";
import { hasRun, nothingSeen } from "./node/node-seen.js";
import { readMembers } from "./members.js";
import type { Nodes } from "./node/nodes.js";

/** Tells the processes of a run that the cluster is to go on with the servers that are left. */
export const resetQuorumVariable = "K3S_LAB_RESET_QUORUM";

/** The flag of `lab:up` that sets it. */
export const resetQuorumFlag = "reset-quorum";

export function mayResetQuorum(): boolean {
  return process.env[resetQuorumVariable] === "1";
}

/** The servers of a cluster that goes on no more, because half of them or more have lost their disks. */
export interface Loss {
  readonly lost: readonly string[];
  /** Those that have their store; none where all is lost. */
  readonly left: readonly string[];
}

/** Finds the server whose store was moved to other addresses, and that has to become the only one before others join it. */
export function findMoved(servers: readonly string[], { nodes }: Pick<ClusterSeen, "nodes">): string | undefined {
  return servers.find((name) => nodes.get(name)?.isMoved);
}

/** Finds a loss by which servers are known to have joined, and what they have. Undefined where the API answers, or will. */
export function findLoss(
  lab: Pick<Lab, "state">,
  servers: readonly string[],
  { nodes: all, objects }: Pick<ClusterSeen, "nodes" | "objects">,
): Loss | undefined {
  const members = readMembers(lab);
  if (objects !== undefined || members.length < 2) return undefined;
  // The others join what was moved as new ones, and have nothing that could be lost.
  if (findMoved(servers, { nodes: all }) !== undefined) return undefined;
  const lost = members.filter((name) => {
    const seen = all.get(name) ?? nothingSeen;
    // What stands still may have all that it had.
    return servers.includes(name) && !hasRun(seen) && (seen.isRunning || seen.isAbsent === true);
  });
  const left = members.filter((name) => !lost.includes(name));
  // A server that was the only one until now has a store of its own, which waits for nobody.
  const isAlone = left.length > 0 && !left.some((name) => all.get(name)?.hasEtcd);
  return isAlone || left.length > members.length / 2 ? undefined : { lost, left };
}

/** Words a loss that nobody has agreed to go on without. */
export function lostQuorum(lab: Pick<Lab, "state">, nodes: Nodes, seen: ClusterSeen): Problem | undefined {
  const loss = findLoss(lab, nodes.servers, seen);
  if (loss === undefined || mayResetQuorum()) return undefined;
  return lossProblem(loss);
}

export function lossProblem({ lost, left }: Loss): Problem {
  const all = lost.length + left.length;
  const have = lost.length === 1 ? "has lost its disk" : "have lost their disks";
  const what = `${have}, and ${left.length} of ${all} servers cannot go on alone: etcd needs more than half of them`;
  const remedy =
    left.length === 0
      ? "Nothing is left of the cluster: run `npm run lab:down`, then `npm run lab:up`."
      : `Go on with what ${left[0]} has: \`npm run lab:up -- --${resetQuorumFlag}\`.`;
  return new Problem("LAB-K3S-019", lost.join(", "), what, { remedy });
}
