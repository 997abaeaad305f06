import type { Cidr } from "@k3s-lab/ip";
import { type Lab, refuseProvider } from "@k3s-lab/lab";
import { isPicked } from "../choose/lan-addresses.js";
import { decideBridged } from "../decide-bridged.js";
import { refuseModeChange } from "../mode-change.js";
import { nodeMac } from "../names.js";
import { type HostNetwork, lanLink } from "../network.js";
import type { Host } from "../probe/host.js";
import { findOwners } from "./find-owners.js";

export interface Picking {
  readonly lab: Pick<Lab, "id" | "config" | "file">;
  readonly host: Host;
  readonly remembered: HostNetwork | undefined;
  readonly signal: AbortSignal;
  note(message: string): void;
}

/**
 * The lab's network, with no address newly picked that somebody answers for. One quick question: what decides is asked
 * by package machines, by all of RFC 5227, before a machine starts.
 */
export async function pickFree({ lab, host, remembered, signal, note }: Picking): Promise<HostNetwork> {
  refuseProvider(lab);
  refuseModeChange(lab, remembered);
  const occupied = new Set<string>();
  for (;;) {
    const network = decideBridged(lab, host, remembered, occupied);
    const { lan } = network;
    const picked = newlyPicked(lab, network, remembered);
    if (picked.length === 0 || lan.kind === "private") return network;
    const questions = picked.map(([name, address]) => ({ address, ownMac: nodeMac(lab.id, name, lan.seed) }));
    const owners = await findOwners(lanLink(lan), questions, { probes: 1, signal });
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

/** Returns the nodes and addresses that lab.yaml leaves to k3s-lab, and the last lab:up has not picked yet. */
export function newlyPicked(
  lab: Picking["lab"],
  { addresses }: HostNetwork,
  remembered: HostNetwork | undefined,
): readonly (readonly [name: string, address: string])[] {
  return Object.entries(addresses).filter(
    ([name, address]) => isPicked(lab, name) && remembered?.addresses[name] !== address,
  );
}

/** Nobody but the router knows what it lends. */
function hint(picked: readonly (readonly [name: string, address: string])[], subnet: Cidr): string {
  const list = picked.map(([name, address]) => `${name} ${address}`).join(", ");
  return `picked on ${subnet}: ${list}; if the router lends these by DHCP, name others with network.addresses`;
}
