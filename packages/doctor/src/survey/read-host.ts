import { readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { run } from "@k3s-lab/exec";
import { hostsFile, readSysctl } from "@k3s-lab/host";
import { type HostNetwork, hostNetworkSteps, seeHost } from "@k3s-lab/host-network";
import { type Lab, systemDir } from "@k3s-lab/lab";
import { type Facts, sentencesOf } from "@k3s-lab/steps";
import { needRoot } from "./needs-root.js";
import type { Neighbour } from "./node-seen.js";
import { neighboursIn } from "./parse-node.js";
import type { Disk, HostSeen } from "./survey.js";

/** What everybody may see of the host. */
export async function readHost(facts: Facts): Promise<HostSeen> {
  const [host, neighbours, disk] = await Promise.all([seeHost(facts), readNeighbours(), readDisk()]);
  const forwarding = readSysctl("net.ipv4.ip_forward");
  return {
    ...host,
    neighbours,
    hostsFile: readHostsFile(),
    ...(forwarding === undefined ? {} : { forwarding }),
    ...(disk === undefined ? {} : { disk }),
  };
}

/**
 * What lab:up would do to the host's side of the LAN, by step. With what was recorded, so that a host that has moved to
 * another network is told as such, and not as a lab undone.
 */
export async function readHostPlan(
  lab: Lab,
  network: HostNetwork,
  facts: Facts,
): Promise<Readonly<Record<string, readonly string[]>>> {
  needRoot("reading the host's side of the LAN");
  const plan: Record<string, readonly string[]> = {};
  for (const step of hostNetworkSteps(lab, network)) plan[step.id] = await sentencesOf([step], facts);
  return plan;
}

/** A host without iproute2 has been told to lack it already. */
async function readNeighbours(): Promise<readonly Neighbour[]> {
  try {
    return neighboursIn((await run("ip", ["-4", "-json", "neighbour", "show"])).stdout);
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

/** Of the disk that machines lie on, or will. */
async function readDisk(): Promise<Disk | undefined> {
  for (const place of [systemDir, "/var/lib", "/"]) {
    try {
      const { bsize, blocks, bavail } = await statfs(place);
      return { place, size: bsize * blocks, available: bsize * bavail };
    } catch {
      // No lab was on this host yet.
    }
  }
  return undefined;
}
