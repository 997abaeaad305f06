import { type Lan, lanLink } from "@k3s-lab/host-network/network";
import { Problem } from "@k3s-lab/problem";
import { runCommand } from "../enter.js";
import { listBridgeableCommand } from "./commands.js";
import { findVBoxManage } from "./hypervisor.js";
import { bridgeFor, parseBridgeableInterfaces } from "./virtualbox.js";

/** Returns the Vagrantfile's name of the machines' bridge: libvirt uses the host's, VirtualBox may use another. */
export async function bridgeName(lan: Lan): Promise<string> {
  if (lan.kind !== "virtualbox") return lanLink(lan);
  const vboxManage = findVBoxManage();
  // A plan is made on a host that has yet to get it.
  if (vboxManage === undefined) return lan.interface;
  const interfaces = parseBridgeableInterfaces((await runCommand(listBridgeableCommand(vboxManage))).stdout);
  const found = bridgeFor(lan, interfaces);
  if (found !== undefined) return found.name;
  const seen = interfaces.map(({ name }) => name).join(", ") || "none";
  throw new Problem(
    "LAB-MCH-004",
    "VirtualBox",
    `cannot bridge to ${lan.interface} (${lan.hostAddress}); it can to: ${seen}`,
    {
      remedy: "Name another with network.interface in lab.yaml, or install VirtualBox again with its network driver.",
    },
  );
}
