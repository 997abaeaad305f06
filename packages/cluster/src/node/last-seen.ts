import type { Lab, StateFile } from "@k3s-lab/lab";
import { type Step, step } from "@k3s-lab/steps";
import * as v from "valibot";
import { type NodeSeen, nothingSeen } from "./node-seen.js";
import type { Nodes } from "./nodes.js";

const byPath = <Value extends v.GenericSchema>(value: Value) => v.record(v.string(), value);

const diskSchema = v.object({
  files: byPath(v.object({ sha256: v.string(), mode: v.optional(v.string()), changedAt: v.optional(v.number()) })),
  sizes: byPath(v.number()),
  installed: byPath(v.string()),
  links: byPath(v.string()),
  contributed: v.array(v.string()),
  isEnabled: v.boolean(),
  hasPassword: v.boolean(),
  isBegun: v.boolean(),
  hasEtcd: v.boolean(),
  /** Whether K3s has run there as a server. */
  hasRun: v.boolean(),
  isGuarded: v.boolean(),
});

/** What was seen of a node's disk. Of files that hold secrets it has the sums alone. */
type Disk = v.InferOutput<typeof diskSchema>;

/** The nodes' disks, by name, as they were when the last `lab:up` or `lab:start` had ended. */
interface LastSeen {
  readonly nodes: Readonly<Record<string, Disk>>;
}

/** `.lab/nodes.json`. */
const lastSeenRecord: StateFile<LastSeen> = {
  file: "nodes",
  version: 1,
  schema: v.object({ nodes: v.record(v.string(), diskSchema) }),
};

/** Reads what is on the disk of a node that stands still; undefined where that is not known. */
export function readLastSeen({ state }: Pick<Lab, "state">, name: string): NodeSeen | undefined {
  const disk = state.read(lastSeenRecord)?.nodes[name];
  return disk && seenOf(disk);
}

/**
 * Records what the nodes have on their disks once the cluster is as it should be, since nobody can look at a disk whose machine
 * stands still: a plan of what a start will do goes by it.
 */
export function rememberNodesStep({ state }: Pick<Lab, "state">, nodes: Nodes): Step {
  return step<ReadonlyMap<string, NodeSeen>>({
    id: "remember-nodes",
    title: "Remember nodes",
    observe: (facts) => nodes.seeAll(facts),
    plan: () => [],
    conclude: (all) =>
      state.write(lastSeenRecord, {
        nodes: Object.fromEntries([...all].map(([name, seen]) => [name, diskOf(seen)])),
      }),
  });
}

function diskOf(seen: NodeSeen): Disk {
  const { contributed, isEnabled, hasPassword, isBegun, hasEtcd = false } = seen;
  return {
    files: Object.fromEntries(seen.files),
    sizes: Object.fromEntries(seen.sizes),
    installed: Object.fromEntries(seen.installed),
    links: Object.fromEntries(seen.links),
    contributed: [...contributed],
    isEnabled,
    hasPassword,
    isBegun,
    hasEtcd,
    hasRun: seen.joinToken !== undefined,
    isGuarded: seen.guard?.faults.length === 0,
  };
}

function seenOf({ files, sizes, installed, links, hasRun, isGuarded, ...others }: Disk): NodeSeen {
  return {
    ...nothingSeen,
    ...others,
    isAbsent: false,
    files: new Map(Object.entries(files)),
    sizes: new Map(Object.entries(sizes)),
    installed: new Map(Object.entries(installed)),
    links: new Map(Object.entries(links)),
    // That it is there is all that a plan asks of it, and it is a secret.
    joinToken: hasRun ? "" : undefined,
    guard: isGuarded ? guardOf : undefined,
  };
}

const none = { tcpReset: 0, hostUnreachable: 0, dropped: 0 };

/** One that lies on a disk, and starts with its machine. */
const guardOf: NonNullable<NodeSeen["guard"]> = {
  by: "nothing",
  guarding: false,
  faults: [],
  rejected: { services: none, pods: none },
};
