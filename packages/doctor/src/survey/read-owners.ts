import { isInstalled } from "@k3s-lab/host";
import { findOwners, heardOn, type HostNetwork, type Owner } from "@k3s-lab/host-network";
import { Problem } from "@k3s-lab/problem";
import { needRoot } from "./need-root.js";
import type { MachineSeen } from "./survey.js";

/**
 * Asks the LAN for the addresses of machines that do not run. A computer that has the address of one that runs shows in
 * the neighbours that host and nodes have learned, so that none need be asked.
 */
export async function readOwners(
  { lan }: Pick<HostNetwork, "lan">,
  machines: readonly MachineSeen[],
  probes: boolean,
  signal: AbortSignal,
): Promise<readonly Owner[]> {
  const stopped = machines.filter(({ state }) => state !== "running");
  if (stopped.length === 0) return [];
  if (!probes) throw new Problem("LAB-DOC-010", "doctor", "--no-probe sends nothing to the LAN");
  needRoot("asking the LAN by ARP");
  if (!isInstalled("arping")) {
    throw new Problem("LAB-DOC-012", "doctor", "arping is not installed (Debian: iputils-arping)");
  }
  const questions = stopped.map(({ machine }) => ({ address: machine.address, ownMac: machine.mac }));
  return findOwners(heardOn(lan), questions, { probes: 1, signal });
}
