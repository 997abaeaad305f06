import type { Proxies } from "@k3s-lab/cluster";
import type { Added } from "@k3s-lab/host";
import type { Host, HostNetwork, Owner } from "@k3s-lab/host-network";
import type { Neighbour } from "@k3s-lab/ip";
import type { Lab } from "@k3s-lab/lab";
import type { Machine, MachineState, RelayDescription } from "@k3s-lab/machines";
import type { Registry } from "@k3s-lab/registry";
import type { ClusterSeen } from "./read-cluster.js";
import type { Disk, NodeSeen, RoutedNode } from "./node-seen.js";
import type { TelepresenceSeen } from "./telepresence-seen.js";

/** Everything that the rules judge, read once. A part that is missing was not seen, as `unseen` tells, or does not exist. */
export interface Survey {
  readonly lab: Pick<Lab, "id" | "config" | "file">;
  readonly host: HostSeen;
  /** What `lab:up` chose; absent before the first. */
  readonly network?: HostNetwork;
  readonly machines?: readonly MachineSeen[];
  /** The machines that run and could be entered. */
  readonly nodes?: readonly NodeSeen[];
  /** Those of them whose links and routes could be read. */
  readonly routedNodes?: readonly RoutedNode[];
  /** What `lab:up` would do to the host's side of the LAN: the sentences of its plan, by the id of their step. */
  readonly hostPlan?: Readonly<Record<string, readonly string[]>>;
  readonly cluster?: ClusterSeen;
  readonly registry?: { readonly registry: Registry; readonly serving: boolean };
  /** What `lab:up` recorded of the nodes' proxies. */
  readonly proxies?: Proxies;
  /** Files that an administrator has added to the authorities of the host, and that nodes cannot trust. */
  readonly unfitAuthorities?: Added["unfit"];
  readonly telepresence?: readonly TelepresenceSeen[];
  /** The computers on the LAN that answer for the address of a machine that does not run. */
  readonly owners?: readonly Owner[];
  /** By which this host reaches several servers in Docker. */
  readonly relay?: RelayDescription;
  /** Why a part is missing that should not be, or is incomplete. */
  readonly unseen: Readonly<Partial<Record<Part, string>>>;
}

/** What may be missing in a survey. */
export type Part = Exclude<keyof Survey, "lab" | "host" | "unseen">;

/** Reads a part of a survey. Where it cannot be read, the reason is noted, and the other parts are read all the same. */
export type ReadPart = <Name extends Part>(
  name: Name,
  read: () => Promise<Survey[Name] | undefined>,
) => Promise<Survey[Name] | undefined>;

export interface HostSeen extends Host {
  /** IPv4 forwarding: "1" or "0"; absent where the kernel does not tell. */
  readonly forwarding?: string | undefined;
  /** What it is called. */
  readonly name: string;
  /** The content of /etc/hosts. */
  readonly hostsFile: string;
  readonly disk?: Disk | undefined;
  readonly neighbours: readonly Neighbour[];
}

export interface MachineSeen {
  readonly machine: Machine;
  readonly state: MachineState;
}
