import { createHash } from "node:crypto";
import type { TableName } from "@k3s-lab/guard";

/** What a lab is called on the host. Everything can be found again, and removed, by the lab's id alone. */

const bridgePrefix = "k3slab-";

export function bridgeOf(lab: string): string {
  return `${bridgePrefix}${lab}`;
}

const shimPrefix = "k3shim-";

/** The host's end of a LAN that its nodes are on by macvlan. */
export function shimOf(lab: string): string {
  return `${shimPrefix}${lab}`;
}

/** Whether a link is the bridge or shim of some lab, this one or another. */
export function isLabLink(name: string): boolean {
  return name.startsWith(bridgePrefix) || name.startsWith(shimPrefix);
}

/** The shim is on the host's LAN, where a lab of the same id on another host may have one, too: hence the seed. */
export function shimMac(lab: string, seed: string): string {
  return macOf(`shim ${lab} ${seed}`);
}

/**
 * The same whenever a node's machine is made anew, so that neighbours know it again. On the host's LAN with a seed: a
 * lab of the same id on another host has nodes there, too.
 */
export function nodeMac(lab: string, node: string, seed?: string): string {
  return macOf(seed === undefined ? `${lab}/${node}` : `${lab}/${node} ${seed}`);
}

/** 02: an address that no vendor gave out. */
function macOf(text: string): string {
  return `02:${octets(createHash("sha256").update(text).digest("hex").slice(0, 10))}`;
}

/** The same in every run: a bridge without an address of its own takes over that of the port that came first. */
export function bridgeMac(lab: string): string {
  return `02:4b:33:${octets(lab)}`;
}

function octets(hex: string): string {
  return (hex.match(/../g) ?? []).join(":");
}

/** Six hexadecimal digits fit below what tables are counted by, so that no two labs share a routing table. */
export function routingTable(lab: string): string {
  return String(0x4b00_0000 + Number.parseInt(lab, 16));
}

/** Before any VPN's rules (Tailscale 5210, wg-quick 32764). Shared by all labs: each names its own bridge and subnet. */
export const rulePriority = { from: 1076, to: 1077 } as const;

/** Behind every route that has a metric: what is left when the kernel has dropped the uplink's routes. */
export const lastMetric = 4_278_198_272;

export function natTable(lab: string): TableName {
  return { family: "ip", table: `k3s_lab_${lab}_nat` };
}

/** Tables of labs begin so; none of them needs an accept. */
export function isLabTable(table: string): boolean {
  return table.startsWith("k3s_lab_");
}

/** Stands with each rule that a lab puts into somebody else's chain, for the person who reads it. */
export function commentOf(lab: string): string {
  return `k3s-lab ${lab}`;
}
