import { dockerAnswers } from "@k3s-lab/docker";
import { isRootByDocker } from "@k3s-lab/host";
import type { LabConfig } from "./config.js";
import { Problem } from "@k3s-lab/problem";

export type VagrantProvider = LabConfig["machines"]["vagrant"]["provider"];

/** What makes the machines of a lab. */
export type MachineProvider = "lxc" | "docker" | VagrantProvider;

/** Tells virtual machines from containers. */
export function isVagrant(provider: MachineProvider): provider is VagrantProvider {
  return provider !== "lxc" && provider !== "docker";
}

/**
 * What `machines.provider` comes to on a host. An `auto` is settled when a lab is opened, see settleProvider(): here it stands
 * for what a host has by itself, containers on Linux and virtual machines elsewhere.
 */
export function machineProvider(
  { machines: { provider, vagrant } }: Pick<LabConfig, "machines">,
  platform: NodeJS.Platform = process.platform,
): MachineProvider {
  if (provider === "docker") return provider;
  if (provider === "lxc" || (provider === "auto" && platform === "linux")) return "lxc";
  return vagrant.provider;
}

/** What `auto` goes by. */
export interface ProviderChoice {
  readonly platform?: NodeJS.Platform;
  readonly isRoot?: boolean;
  /** Whether a Docker of this host answers this user. */
  readonly hasDocker?: () => Promise<boolean>;
}

/** A configuration whose machines' provider is settled. */
export interface Settled {
  readonly config: LabConfig;
  /** Why it is not what lab.yaml alone would come to. */
  readonly note?: string;
}

/**
 * Settles `provider: auto`: as root on Linux containers of the host's own, else Docker where it answers, else what the host has
 * by itself. `recorded` is what the lab was opened with when it was made: it keeps its machines, whoever calls.
 */
export async function settleProvider(
  config: LabConfig,
  recorded: LabConfig | undefined,
  {
    platform = process.platform,
    isRoot = process.getuid?.() === 0 && !isRootByDocker(),
    hasDocker = () => dockerAnswers(),
  }: ProviderChoice = {},
): Promise<Settled> {
  if (config.machines.provider !== "auto") return { config };
  const settle = (provider: "docker" | "lxc") => ({
    config: { ...config, machines: { ...config.machines, provider } },
  });
  const was = recorded?.machines.provider;
  if (was === "lxc" || was === "docker") return settle(was);
  if (was !== undefined) return { config };
  if (platform === "linux" && isRoot) return settle("lxc");
  // Docker's containers are on a network of its own.
  if (config.network.mode === "bridged" || !(await hasDocker())) return { config };
  const why = platform === "linux" ? "this user is not root" : "Linux containers need Linux";
  return { ...settle("docker"), note: `the machines are containers of Docker, since ${why} (machines.provider: auto)` };
}

/**
 * Tells whether root must make a lab: containers are the kernel's own, and so are a bridge and routes of a lab. Virtual machines
 * on the LAN are a user's, and so is Docker where its network is in a virtual machine.
 */
export function needsRoot(
  config: Pick<LabConfig, "machines" | "network">,
  platform: NodeJS.Platform = process.platform,
): boolean {
  const provider = machineProvider(config, platform);
  if (provider === "docker") return platform === "linux";
  return config.network.mode === "private" || provider === "lxc";
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
      "Write provider: docker, for containers of Docker; or provider: vagrant, for virtual machines.",
    );
  }
  if (platform !== "linux" && provider === "libvirt") {
    throw refuse(
      `machines.vagrant.provider: libvirt needs Linux, and this host is ${platform}`,
      "Write provider: virtualbox.",
    );
  }
  const limited = config.nodes.find(({ memory, cpus }) => memory !== undefined || cpus !== undefined);
  if (isVagrant(provider) && limited !== undefined) {
    throw refuse(
      `nodes: ${limited.name} has memory or cpus, which limit containers, and the machines are virtual ones`,
      "Write machines.vagrant.memory and machines.vagrant.cpus, which every machine has; or another machines.provider.",
    );
  }
  if (provider === "docker" && config.network.mode === "bridged") {
    throw refuse(
      "network.mode: bridged cannot be had with Docker, whose containers are on a network of its own",
      "Write mode: private; or provider: lxc, as root.",
    );
  }
  if (provider === "virtualbox" && config.network.mode === "private") {
    throw refuse(`network.mode: ${privateVirtualBox}`, "Write mode: bridged.");
  }
}
