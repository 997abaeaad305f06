import { linkNamed, parseCidr } from "@k3s-lab/ip";
import type { Lab } from "@k3s-lab/lab";
import type { Remains } from "@k3s-lab/stages";
import { bridgeOf } from "./names.js";
import type { HostNetwork } from "./network.js";
import type { Host } from "./probe/host.js";

/** What was decided for the lab before, as far as it is still known. */
export type Remembered = { readonly [Key in keyof HostNetwork]?: HostNetwork[Key] | undefined };

/**
 * Recalls the lab's network by its record or, where that was lost, by what still exists of the lab: its bridge, which
 * holds the gateway's address, its machines and its cluster. So a lab gets the same network again, and keeps its data.
 */
export function recall(
  { id }: Pick<Lab, "id">,
  { links }: Pick<Host, "links">,
  recorded: HostNetwork | undefined,
  { subnet: known, addresses, podCidr, serviceCidr }: Remains,
): Remembered {
  if (recorded !== undefined) return recorded;
  const bridge = bridgeOf(id);
  const link = linkNamed(links, bridge);
  const [own] = link?.kind === "bridge" ? link.addresses : [];
  const subnet = own === undefined ? known : parseCidr(own);
  return { lan: subnet && { kind: "private", bridge, subnet }, addresses, podCidr, serviceCidr };
}
