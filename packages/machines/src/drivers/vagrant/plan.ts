import type { HostAlias, Machine } from "../../machine.js";
import type { VagrantProvider as Provider } from "@k3s-lab/lab";

/** The content of the Vagrantfile and of the guests' files. */
export interface VagrantPlan {
  readonly labId: string;
  readonly provider: Provider;
  readonly machines: readonly Pick<Machine, "name" | "role" | "address" | "prefixLength" | "mac" | "memory" | "cpus">[];
  /** VirtualBox: an interface of the host as VirtualBox calls it ("en0: Wi-Fi"). libvirt: a bridge of the host. */
  readonly bridge: string;
  readonly gateway: string;
  readonly resolvers: readonly string[];
  readonly search?: readonly string[];
  readonly hostAliases?: readonly HostAlias[];
  readonly cpus: number;
  /** Megabytes. */
  readonly memory: number;
  readonly box: string;
  /** libvirt without KVM: allowed by a setting, since it is 13 to 36 times slower. */
  readonly emulate: boolean;
}

/** Returns what all guests' networks have in common. */
export function guestNetworkOf({ gateway, resolvers, search }: Pick<VagrantPlan, "gateway" | "resolvers" | "search">) {
  return { gateway, resolvers, ...(search && { search }) };
}

/** Returns the hypervisor's name of a machine, by which a lab's machines are found again without the lab's files. */
export function machineId(labId: string, name: string): string {
  return `${machinePrefix(labId)}${name}`;
}

/** Returns how the hypervisor's names of a lab's machines begin. */
export function machinePrefix(labId: string): string {
  return `k3s-lab-${labId}-`;
}
