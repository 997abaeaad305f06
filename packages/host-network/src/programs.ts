import type { Program } from "@k3s-lab/host";
import type { LabConfig } from "@k3s-lab/lab";
import type { Lan } from "./network.js";

/** What reading the host takes, and guarding it. */
export const programs: readonly Program[] = [
  { name: "ip", package: "iproute2", why: "reads the host's network and makes the LAN" },
  { name: "nft", package: "nftables", why: "guards the host" },
];

const bridgedPrograms: readonly Program[] = [
  { name: "arping", package: "iputils-arping", why: "asks the LAN whether somebody else has a node's address" },
];

/** Links and nftables; what a rule needs beyond them, the kernel loads when the rule comes. */
export function modulesOf({ kind }: Lan): readonly string[] {
  return [kind === "macvlan" ? "macvlan" : "bridge", "nf_tables"];
}

export function programsOf({ network: { mode } }: Pick<LabConfig, "network">): readonly Program[] {
  return mode === "bridged" ? [...programs, ...bridgedPrograms] : programs;
}
