import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { run } from "@k3s-lab/exec";
import { hostsFile, readSysctl, spaceAt, systemDir } from "@k3s-lab/host";
import { seeHost } from "@k3s-lab/host-network";
import { type Neighbour, parseNeighbours } from "@k3s-lab/ip";
import type { Lab } from "@k3s-lab/lab";
import { repairsOf, type Stage } from "@k3s-lab/stages";
import { type Facts, sentencesOf } from "@k3s-lab/steps";
import { needRoot } from "./need-root.js";
import type { Disk } from "./node-seen.js";
import type { HostSeen } from "./survey.js";

/** Reads what every user may see of the host. */
export async function readHost(facts: Facts): Promise<HostSeen> {
  const [host, neighbours] = await Promise.all([seeHost(facts), readNeighbours()]);
  return {
    ...host,
    neighbours,
    name: hostname(),
    hostsFile: readHostsFile(),
    forwarding: readSysctl("net.ipv4.ip_forward"),
    disk: readDisk(),
  };
}

/**
 * Reads what `lab:up` would do to the host's side of the LAN, by step: with what was recorded, so that a host that has
 * moved to another network is reported as such, and not as a lab that is incomplete.
 */
export async function readHostPlan(
  chain: readonly Stage[],
  lab: Lab,
  facts: Facts,
): Promise<Readonly<Record<string, readonly string[]>>> {
  needRoot("reading the host's side of the LAN");
  const plan: Record<string, readonly string[]> = {};
  for (const step of repairsOf(chain, "host-network", lab, new Set())) {
    plan[step.id] = await sentencesOf([step], facts);
  }
  return plan;
}

/** A host without iproute2 has been reported to lack it already. */
async function readNeighbours(): Promise<readonly Neighbour[]> {
  try {
    return parseNeighbours((await run("ip", ["-4", "-json", "neighbour", "show"])).stdout);
  } catch {
    return [];
  }
}

function readHostsFile(): string {
  try {
    return readFileSync(hostsFile, "utf8");
  } catch {
    return "";
  }
}

/** Reads the disk that machines lie on, or will. */
function readDisk(): Disk | undefined {
  const space = spaceAt(systemDir);
  return space && { place: systemDir, ...space };
}
