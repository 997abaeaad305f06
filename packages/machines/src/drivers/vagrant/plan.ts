import type { Machine } from "../../machine.js";
import type { VagrantProvider as Provider } from "@k3s-lab/lab";

/** What a lab of virtual machines is, as the Vagrantfile and the guests' files have it. */
export interface VagrantPlan {
  readonly labId: string;
  readonly provider: Provider;
  readonly machines: readonly Pick<Machine, "name" | "role" | "address" | "prefixLength" | "mac">[];
  /** VirtualBox: an interface of the host as VirtualBox calls it ("en0: Wi-Fi"). libvirt: a bridge of the host. */
  readonly bridge: string;
  readonly gateway: string;
  readonly resolvers: readonly string[];
  readonly cpus: number;
  /** Megabytes. */
  readonly memory: number;
  readonly box: string;
  /** libvirt without KVM: allowed by a setting, since it is 13 to 36 times slower. */
  readonly emulate: boolean;
}

/** What each machine is called by its hypervisor, by which a lab's machines are found again without our files. */
export function machineId(labId: string, name: string): string {
  return `${machinePrefix(labId)}${name}`;
}

export function machinePrefix(labId: string): string {
  return `k3s-lab-${labId}-`;
}
