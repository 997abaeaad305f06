import type { Cidr } from "@k3s-lab/ip";
import type { Lab } from "@k3s-lab/lab";
import type { Decision } from "@k3s-lab/stages";
import { isPicked } from "../choose/lan-addresses.js";
import type { Obstacle } from "../choose/obstacles.js";
import { decideHostNetwork } from "../decide-host-network.js";
import { nodeMac } from "../names.js";
import { type HostNetwork, lanLink } from "../network.js";
import type { Host } from "../probe/host.js";
import type { Remembered } from "../remembered.js";
import { findOwners } from "./find-owners.js";

export interface Picking extends Pick<Decision, "mayAsk" | "note" | "assume"> {
  readonly lab: Pick<Lab, "id" | "config" | "file">;
  readonly host: Host;
  readonly remembered: Remembered;
  /** Networks of the host's other labs. */
  readonly others: readonly Obstacle[];
  readonly signal: AbortSignal;
}

/**
 * Decides the network of a lab; on the host's LAN, with no newly picked address for which another machine answers. It
 * asks once and quickly: what counts is asked by package machines, by all of RFC 5227, before a machine starts. A plan
 * asks nothing, so its addresses are those that lab:up takes if they are free.
 */
export async function pickFree(picking: Picking): Promise<HostNetwork> {
  const { lab, host, remembered, others, mayAsk, signal, note, assume } = picking;
  const occupied = new Set<string>();
  for (;;) {
    const network = decideHostNetwork(lab, host, remembered, occupied, others);
    const { lan } = network;
    const picked = Object.entries(network.addresses).filter(
      ([name, address]) => isPicked(lab, name) && remembered.addresses?.[name] !== address,
    );
    if (picked.length === 0 || lan.kind === "private") return network;
    const questions = picked.map(([name, address]) => ({ address, ownMac: nodeMac(lab.id, name, lan.seed) }));
    if (!mayAsk) for (const [, address] of picked) assume(address, "if the address is free");
    const owners = mayAsk ? await findOwners(lanLink(lan), questions, { probes: 1, signal }) : [];
    if (owners.length === 0) {
      note(hint(picked, lan.subnet));
      return network;
    }
    for (const { address, mac } of owners) {
      occupied.add(address);
      note(`${address} is taken by ${mac}: the next one is picked`);
    }
  }
}

/** Names what was picked: only the router knows which addresses it lends. */
function hint(picked: readonly (readonly [name: string, address: string])[], subnet: Cidr): string {
  const list = picked.map(([name, address]) => `${name} ${address}`).join(", ");
  return `picked on ${subnet}: ${list}; if the router lends these by DHCP, name others with network.addresses`;
}
