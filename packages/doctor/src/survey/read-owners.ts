import { missingPrograms } from "@k3s-lab/host";
import { findOwners, heardOn, type HostNetwork, type Owner } from "@k3s-lab/host-network";
import { Problem } from "@k3s-lab/problem";
import type { MachineSeen } from "./survey.js";

/**
 * Asks the LAN for the addresses of machines that do not run. Who has the address of one that runs shows in the
 * neighbours that everybody has learned, for which nobody is asked.
 */
export async function readOwners(
  { lan }: Pick<HostNetwork, "lan">,
  machines: readonly MachineSeen[],
  probes: boolean,
  signal: AbortSignal,
): Promise<readonly Owner[] | undefined> {
  const absent = machines.filter(({ state }) => state !== "running");
  if (absent.length === 0) return [];
  if (!probes) throw new Problem("LAB-DOC-010", "doctor", "--no-probe sends nothing to the LAN");
  if (process.getuid?.() !== 0) throw new Problem("LAB-DOC-011", "doctor", "asking the LAN by ARP needs root");
  if (missingPrograms([{ name: "arping", package: "iputils-arping", why: "" }]).length > 0) {
    throw new Problem("LAB-DOC-012", "doctor", "arping is not installed (Debian: iputils-arping)");
  }
  const questions = absent.map(({ machine }) => ({ address: machine.address, ownMac: machine.mac }));
  return findOwners(heardOn(lan), questions, { probes: 1, signal });
}
