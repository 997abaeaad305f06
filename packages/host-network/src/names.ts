import { createHash } from "node:crypto";
import type { TableName } from "@k3s-lab/guard";

/** The names of what a lab has on the host. Everything can be found again, and removed, by the lab's id alone. */

const bridgePrefix = "k3slab-";

export function bridgeOf(lab: string): string {
  return `${bridgePrefix}${lab}`;
}

const shimPrefix = "k3shim-";

/** Names the link by which host and nodes reach each other where the nodes are macvlans. */
export function shimOf(lab: string): string {
  return `${shimPrefix}${lab}`;
}

/** Names the cable's end on the bridge while a lab asks from its nodes' place. */
export function askCable(lab: string): string {
  return `k3sask-${lab}`;
}

/** Tells whether a link is the bridge or shim of some lab, this one or another. */
export function isLabLink(name: string): boolean {
  return name.startsWith(bridgePrefix) || name.startsWith(shimPrefix);
}

/** Returns the id of the lab whose bridge or shim a link is; undefined for any other link. */
export function labOfLink(name: string): string | undefined {
  return new RegExp(`^(?:${bridgePrefix}|${shimPrefix})([0-9a-f]{6})$`).exec(name)?.[1];
}

/**
 * Makes the shim's MAC address. On the host's LAN a lab of the same id on another host may have one, too: hence the
 * seed.
 */
export function shimMac(lab: string, seed: string): string {
  return macOf(`shim ${lab} ${seed}`);
}

/**
 * Makes the MAC address of a node: the same whenever its machine is made again, so that neighbours recognize it. On the
 * host's LAN it takes a seed: a lab of the same id on another host has nodes there, too.
 */
export function nodeMac(lab: string, node: string, seed?: string): string {
  return macOf(seed === undefined ? `${lab}/${node}` : `${lab}/${node} ${seed}`);
}

/** Makes a locally administered address (02), which no vendor assigns. */
function macOf(text: string): string {
  return `02:${octets(createHash("sha256").update(text).digest("hex").slice(0, 10))}`;
}

/** Makes the bridge's own address: a bridge without one takes over that of its first port. */
export function bridgeMac(lab: string): string {
  return `02:4b:33:${octets(lab)}`;
}

function octets(hex: string): string {
  return (hex.match(/../g) ?? []).join(":");
}

/** Returns the lab's routing table: an id has six hexadecimal digits, so that no two labs share one. */
export function routingTable(lab: string): string {
  return String(0x4b00_0000 + Number.parseInt(lab, 16));
}

/**
 * Before any VPN's rules (Tailscale 5210, wg-quick 32764). Shared by all labs: each names its own bridge and subnet.
 */
export const rulePriority = { redirected: 1075, from: 1076, to: 1077 } as const;

/** The mark of what a node sends to a port that the host forwards: a value, and the bits that it takes. */
export const redirectedMark = { value: "0x4b000000", mask: "0xff000000" } as const;

/** Behind every route that has a metric: what is left when the kernel has dropped the uplink's routes. */
export const lastMetric = 4_278_198_272;

export function natTable(lab: string): TableName {
  return { family: "ip", table: `k3s_lab_${lab}_nat` };
}

/** Tells whether a table of nftables is a lab's; none of them needs an accept. */
export function isLabTable(table: string): boolean {
  return table.startsWith("k3s_lab_");
}

/** Renders the comment of each rule that a lab puts into another program's chain, for people and for recognizing it. */
export function ruleComment(lab: string): string {
  return `k3s-lab ${lab}`;
}

/** The name of the host in nodes and pods. */
export const hostName = "host.k3s-lab.internal";
