import type { Program } from "@k3s-lab/host";
import { type LabConfig, needsRoot } from "@k3s-lab/lab";
import type { Lan } from "./network.js";

/** Programs that read the host and guard it. */
export const programs: readonly Program[] = [
  { name: "ip", package: "iproute2", why: "reads the host's network and makes the LAN" },
  { name: "nft", package: "nftables", why: "guards the host" },
];

/** What a lab on the host's own LAN needs on top. */
export const bridgedPrograms: readonly Program[] = [
  { name: "arping", package: "iputils-arping", why: "asks the LAN whether another machine has a node's address" },
];

/** Returns the modules of the links, and nftables; what a rule needs beyond them, the kernel loads with the rule. */
export function modulesOf({ kind }: Lan): readonly string[] {
  if (kind === "virtualbox") return [];
  return [kind === "macvlan" ? "macvlan" : "bridge", "nf_tables"];
}

export function programsOf(config: Pick<LabConfig, "machines" | "network">): readonly Program[] {
  if (process.platform !== "linux") return [];
  // Virtual machines on the LAN leave the host's network alone: it is only read.
  if (!changesHost(config)) return programs.slice(0, 1);
  return config.network.mode === "bridged" ? [...programs, ...bridgedPrograms] : programs;
}

/**
 * Tells whether lab:up may change the host's network for a lab. For virtual machines on the LAN it opens at most a
 * firewall for their bridge, as root: a user without root is told where it drops (see package machines).
 */
export function changesHost(config: Pick<LabConfig, "machines" | "network">): boolean {
  return process.platform === "linux" && (needsRoot(config) || process.getuid?.() === 0);
}
