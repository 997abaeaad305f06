import type { Host, HostNetwork, Owner } from "@k3s-lab/host-network";
import type { Lab } from "@k3s-lab/lab";
import type { Machine, MachineState } from "@k3s-lab/machines";
import type { Registry } from "@k3s-lab/registry";
import type { ClusterSeen } from "./cluster-seen.js";
import type { Neighbour, NodeSeen, RoutedNode } from "./node-seen.js";
import type { TelepresenceSeen } from "./telepresence-seen.js";

/** All that the rules judge, read once. What a rule looks at and is not there is in `unseen`, or does not apply. */
export interface Survey {
  readonly lab: Pick<Lab, "id" | "config" | "file">;
  readonly host: HostSeen;
  /** What lab:up chose; absent before the first. */
  readonly network?: HostNetwork;
  readonly machines?: readonly MachineSeen[];
  /** The machines that run and could be entered. */
  readonly nodes?: readonly NodeSeen[];
  /** Those of them whose links and routes could be read. */
  readonly routedNodes?: readonly RoutedNode[];
  /** What lab:up would do to the host's side of the LAN: sentences by the title of their step. */
  readonly hostPlan?: Readonly<Record<string, readonly string[]>>;
  readonly cluster?: ClusterSeen;
  readonly registry?: { readonly registry: Registry; readonly serving: boolean };
  readonly telepresence?: readonly TelepresenceSeen[];
  /** Who on the LAN answers for the address of a machine that does not run. */
  readonly owners?: readonly Owner[];
  /** Why a part that should be here is not, or not all of it. */
  readonly unseen: Readonly<Partial<Record<Part, string>>>;
}

/** What may be missing in a survey. */
export type Part = Exclude<keyof Survey, "lab" | "host" | "unseen">;

export interface HostSeen extends Host {
  /** IPv4 forwarding: "1" or "0"; absent where the kernel does not say. */
  readonly forwarding?: string;
  /** Of /etc/hosts. */
  readonly hostsFile: string;
  readonly disk?: Disk;
  readonly neighbours: readonly Neighbour[];
}

/** Bytes. */
export interface Disk {
  readonly place: string;
  readonly size: number;
  readonly available: number;
}

export interface MachineSeen {
  readonly machine: Machine;
  readonly state: MachineState;
}
