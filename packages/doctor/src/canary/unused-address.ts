import type { Cidr } from "@k3s-lab/ip";
import { Problem } from "@k3s-lab/problem";

/**
 * Returns a service address that no service has: the last free one of the lower band, from which Kubernetes takes none
 * by itself until all others are taken (KEP-3070). So no new service gets it in the middle of the experiment.
 */
export function unusedAddress(serviceCidr: Cidr, used: readonly string[]): string {
  const band = Math.min(Math.max(16, Math.floor(serviceCidr.size / 16)), 256);
  // The last address of all is the network's broadcast address.
  for (let offset = Math.min(band, serviceCidr.size - 2); offset > 0; offset--) {
    const address = serviceCidr.at(offset);
    if (!used.includes(address)) return address;
  }
  throw new Problem(
    "LAB-DOC-007",
    "cluster",
    `has no unused service address among the first ${band} of ${serviceCidr}`,
  );
}
