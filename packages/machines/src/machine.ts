import type { ServiceManagerName } from "@k3s-lab/service-manager";
import type { Lan } from "@k3s-lab/host-network";
import type { VagrantProvider } from "@k3s-lab/lab";

/** A machine as it is wanted: what a driver needs to make it. */
export interface Machine {
  readonly name: string;
  readonly role: "server" | "agent";
  readonly address: string;
  readonly prefixLength: number;
  readonly mac: string;
  /** What the link to the LAN is called inside the machine. */
  readonly interface: string;
  /** What starts services in it. Absent: systemd, or not known before the machine has run. */
  readonly serviceManager?: ServiceManagerName;
  /** Megabytes that it may use. Absent: of a container all that the host has, of a virtual machine those of `VirtualHardware`. */
  readonly memory?: number;
  /** Processors whose time it may use. Absent: as with memory. */
  readonly cpus?: number;
}

/** What the virtual machines of a lab are made of, unless one has a size of its own. */
export interface VirtualHardware {
  readonly provider: VagrantProvider;
  readonly box: string;
  readonly cpus: number;
  /** Megabytes. */
  readonly memory: number;
  /** Processors are emulated, since KVM does not work on this host. */
  readonly emulate: boolean;
}

/** What the containers of a lab have of Docker's. */
export interface DockerHardware {
  /** "k3s-lab/node:ca5c1de3e363" */
  readonly image: string;
  /** The ports of 127.0.0.1 by which this host reaches the cluster's API and the registry. */
  readonly apiPort: number;
  readonly registryPort: number;
  /** The registry's own port on its node. */
  readonly registryNodePort: number;
  /** Further ports, as Docker writes them: "127.0.0.1:8080:80/tcp". */
  readonly ports: readonly string[];
  /** The host's cache, which machines can read: what they need of it takes no way through Docker. */
  readonly cache: string;
  /** The address of the relay by which this host reaches several servers. Absent: the only server publishes the ports itself. */
  readonly relay?: string;
}

/** A folder of the host in machines. */
export interface Mount {
  /** Absolute. */
  readonly from: string;
  readonly to: string;
  readonly writable: boolean;
  /** In the servers alone. Absent: in every machine. */
  readonly onServers?: true;
}

/** Returns the folders of the host that a machine has. */
export function foldersOf({ role }: Pick<Machine, "role">, mounts: readonly Mount[] = []): readonly Mount[] {
  return mounts.filter(({ onServers }) => onServers !== true || role === "server");
}

/** The names of an address, in the words of Kubernetes' pods. */
export interface HostAlias {
  readonly ip: string;
  readonly hostnames: readonly string[];
}

/** What `.lab/machines.json` records. */
export interface Machines {
  readonly driver: "lxc" | "docker" | "vagrant";
  readonly machines: readonly Machine[];
  /** What the machines are plugged into. */
  readonly lan: Lan;
  /** The address that several servers share, each of which may hold it. */
  readonly sharedAddress?: string;
  /** The default route of every machine. */
  readonly gateway: string;
  readonly resolvers: readonly string[];
  /** The servers that nodes would ask first, if these knew a name. */
  readonly insteadOf?: readonly string[];
  /** No server that was offered knew a name: they are asked again. */
  readonly noneKnew?: true;
  /** Domains that complete short names. */
  readonly search?: readonly string[];
  /** What the nodes' hosts files name besides the nodes. */
  readonly hostAliases?: readonly HostAlias[];
  /** Absent: no folder of the host. */
  readonly mounts?: readonly Mount[];
  /** Of containers of Docker. */
  readonly docker?: DockerHardware;
  /** Of virtual machines. */
  readonly vagrant?: VirtualHardware;
}
