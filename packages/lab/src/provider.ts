import type { LabConfig } from "./config.js";
import { Problem } from "@k3s-lab/problem";

export type VagrantProvider = LabConfig["machines"]["vagrant"]["provider"];

/** What makes the machines of a lab. */
export type MachineProvider = "lxc" | VagrantProvider;

/** What `machines.provider` comes to on a host: Linux has containers, other systems have virtual machines only. */
export function machineProvider(
  { machines: { provider, vagrant } }: Pick<LabConfig, "machines">,
  platform: NodeJS.Platform = process.platform,
): MachineProvider {
  if (provider === "lxc" || (provider === "auto" && platform === "linux")) return "lxc";
  return vagrant.provider;
}

/** Containers are the kernel's own, and so are a bridge and routes of a lab; virtual machines on the LAN are a user's. */
export function needsRoot(config: Pick<LabConfig, "machines" | "network">, platform?: NodeJS.Platform): boolean {
  return config.network.mode === "private" || machineProvider(config, platform) === "lxc";
}

/**
 * VirtualBox's own networks make the host the machines' gateway, and its user-mode NAT sends their packets as the
 * host's own: a request that nobody serves loops there, and no guard of the host's sees it.
 */
export const privateVirtualBox =
  "expected bridged with VirtualBox, seen private: in VirtualBox's own networks the host is the nodes' gateway, past its guard";

/** What of a lab.yaml the host cannot do, whatever it has installed. */
export function refuseProvider(
  { config, file }: { readonly config: LabConfig; readonly file: string },
  platform: NodeJS.Platform = process.platform,
): void {
  const refuse = (what: string, remedy: string) => new Problem("LAB-CFG-007", file, what, { remedy });
  const provider = machineProvider(config, platform);
  if (platform !== "linux" && provider === "lxc") {
    throw refuse(
      `machines.provider: lxc needs Linux, and this host is ${platform}`,
      "Write provider: vagrant, for virtual machines.",
    );
  }
  if (platform !== "linux" && provider === "libvirt") {
    throw refuse(
      `machines.vagrant.provider: libvirt needs Linux, and this host is ${platform}`,
      "Write provider: virtualbox.",
    );
  }
  if (provider === "virtualbox" && config.network.mode === "private") {
    throw refuse(`network.mode: ${privateVirtualBox}`, "Write mode: bridged.");
  }
}
