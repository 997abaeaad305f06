import { storageClass } from "./suite-settings.js";

/** Specs that are run together, by ginkgo's regular expressions. */
export interface Part {
  /** Its folder, and what --part calls it. */
  readonly id: string;
  readonly title: string;
  readonly focus: string;
  readonly skip?: string | undefined;
  /** Specs of SCTP, which are left out where the nodes' kernel has none: their pods never start, and each is waited for. */
  readonly sctp?: string;
  /** How many specs run at once. Those that the suite marks as serial run alone all the same, after the others. */
  readonly procs: number;
  /** Whether the suite is told how to test the volumes of a StorageClass, which the cluster must have. */
  readonly storageClass?: string;
}

const { raw } = String;

/** Everything that docs/conformance.md tells of, in the order in which it is run. */
export const parts: readonly Part[] = [
  {
    id: "conformance",
    title: "Conformance, in parallel",
    focus: raw`\[Conformance\]`,
    skip: raw`\[Serial\]|\[Slow\]`,
    procs: 5,
  },
  {
    id: "serial",
    title: "Conformance, serial and slow",
    focus: raw`(\[Serial\]|\[Slow\]).*\[Conformance\]`,
    procs: 5,
  },
  {
    id: "network-policy",
    title: "NetworkPolicy",
    focus: raw`\[sig-network\] Netpol`,
    sctp: raw`\[Feature:SCTPConnectivity\]`,
    // Each of them has nine pods with up to four containers.
    procs: 3,
  },
  {
    id: "storage",
    title: `External.Storage with ${storageClass}`,
    focus: raw`External.Storage`,
    // Features that a driver need not have, what stops a kubelet by ssh, and claims that are bound before a node is chosen:
    // those local-path refuses, here as in K3s, and each spec would wait for minutes. A populator of volumes has images that
    // cannot be made.
    skip: raw`\[Feature:|\[Disruptive\]|\(immediate-binding\)|with any volume data source`,
    procs: 5,
    storageClass,
  },
];

/** Returns the part without what cannot be run here. `hasSctp` is undefined where nobody knows. */
export function fitting(part: Part, hasSctp: boolean | undefined): Part {
  const { skip, sctp } = part;
  if (sctp === undefined || hasSctp !== false) return part;
  return { ...part, skip: skip === undefined ? sctp : `${skip}|${sctp}` };
}

/** A part of one's own. */
export function ownPart(focus: string): Part {
  return { id: "own", title: `Specs that match ${focus}`, focus, procs: 5, storageClass };
}
