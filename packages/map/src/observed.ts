import type { NodeGuardSeen } from "@k3s-lab/guard";
import type { Host, HostNetwork } from "@k3s-lab/host-network";

/** What was seen of a lab and its host: all that a map is made of. */
export interface Observed {
  /** The lab's, of lab.yaml. */
  readonly name: string;
  readonly at: Date;
  /** absent: there is no lab, or `lab:up` has not come as far as the cluster. */
  readonly state: "up" | "degraded" | "stopped" | "absent";
  readonly host: HostObserved;
  /** What `lab:up` chose for the lab; absent before the first. */
  readonly network?: HostNetwork | undefined;
  readonly nodes: readonly NodeObserved[];
  /** What the host's kernel does with packets; absent where it was not asked. */
  readonly answers?: Answers | undefined;
  readonly k3s?: K3sObserved | undefined;
  readonly registry?: { readonly name: string; readonly endpoint: string; readonly serving: boolean } | undefined;
}

interface HostObserved extends Host {
  readonly hostName: string;
  /** IPv4 forwarding: "1" or "0"; absent where the kernel does not tell. */
  readonly forwarding?: string | undefined;
  /** Whether the host guard is as it would be written; absent where this user may not look. */
  readonly guarded?: boolean | undefined;
  /** What is missing of the lab on the host, as sentences; absent where this user may not look. */
  readonly missing?: readonly string[] | undefined;
}

export interface NodeObserved {
  readonly name: string;
  readonly role: "server" | "agent";
  readonly address: string;
  /** "running", "stopped", ... of its driver; "unknown" where this user may not look. */
  readonly machine: string;
  readonly ready: boolean;
  /** Why it is not Ready. */
  readonly obstacle?: string | undefined;
  /** Of K3s. */
  readonly version?: string | undefined;
  /** Absent where the node could not be looked into. */
  readonly guard?: NodeGuardSeen | undefined;
  readonly routes?: readonly NodeRouteSeen[] | undefined;
  readonly resolvers?: readonly string[] | undefined;
}

interface NodeRouteSeen {
  /** "default", or a network. */
  readonly to: string;
  readonly via?: string | undefined;
  readonly dev: string;
}

interface K3sObserved {
  readonly version: string;
  /** Where this host reaches the API. */
  readonly server: string;
  /** Why the API told nothing; absent where it answers. */
  readonly silence?: string | undefined;
}

/** What the kernel would do with a packet. */
export type RouteAnswer =
  | { readonly kind: "by"; readonly dev: string; readonly gateway?: string | undefined }
  /** `why`: in the kernel's words. */
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "unknown"; readonly why: string };

/** What the host's kernel does with a packet, by who sends it and where to. */
export interface Answers {
  readonly host: ToPlaces;
  /** Of a node of a private LAN, whose gateway is the host. */
  readonly node?: ToPlaces | undefined;
}

export interface ToPlaces {
  /** An address that a service has. */
  readonly served: RouteAnswer;
  /** A service address that no service has. */
  readonly unserved: RouteAnswer;
  /** An address of the internet. */
  readonly outside: RouteAnswer;
}
