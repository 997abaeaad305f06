import { expectDocker } from "@k3s-lab/docker";
import { isInstalled, isRootByDocker, missingControllers, missingPrograms, type Program } from "@k3s-lab/host";
import type { MachineProvider } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import { findVBoxManage } from "./drivers/vagrant/hypervisor.js";
import { programsOf } from "./drivers/vagrant/host-needs.js";
import { canTryKvm, kvmFault } from "./drivers/vagrant/kvm.js";
import { controllers, programs } from "./host-needs.js";

/** Whether a driver can make machines on this host. */
export interface DriverOffer {
  readonly provider: MachineProvider;
  /** Why it cannot, each to stand after a colon; empty where it can. */
  readonly obstacles: readonly string[];
  /** Debian's packages that `lab:up` installs first. */
  readonly installs: readonly string[];
  /** Whether it can for root alone, and this is another user. */
  readonly asRoot: boolean;
  /** What cannot be told yet. */
  readonly unproven?: string;
}

/** What the offers go by. */
export interface DriverFacts {
  readonly platform: NodeJS.Platform;
  readonly isRoot: boolean;
  /** Whether lab:up, as root, can install what is missing. */
  readonly hasApt: boolean;
  readonly missing: Readonly<Record<Exclude<MachineProvider, "docker">, readonly Program[]>>;
  readonly missingControllers: readonly string[];
  readonly hasVirtualBox: boolean;
  /** Why KVM does not work; undefined where it does, or cannot be tried. */
  readonly kvm: string | undefined;
  /** Whether what tries KVM is installed. */
  readonly canTryKvm: boolean;
  /** Why Docker cannot carry a lab. */
  readonly docker: string | undefined;
}

/** Looks at what this host can make machines with. Changes nothing. */
export async function seeDrivers(): Promise<DriverFacts> {
  const isLinux = process.platform === "linux";
  return {
    platform: process.platform,
    isRoot: process.getuid?.() === 0 && !isRootByDocker(),
    hasApt: isLinux && isInstalled("apt-get"),
    missing: {
      lxc: missingPrograms(programs),
      virtualbox: missingPrograms(programsOf("virtualbox")),
      libvirt: missingPrograms(programsOf("libvirt")),
    },
    missingControllers: isLinux ? missingControllers(controllers) : [],
    hasVirtualBox: findVBoxManage() !== undefined,
    kvm: isLinux ? await kvmFault() : undefined,
    canTryKvm: canTryKvm(),
    docker: await dockerFault(),
  };
}

async function dockerFault(): Promise<string | undefined> {
  try {
    await expectDocker();
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error.what;
    throw error;
  }
}

/** Judges every driver, those that work best first. */
export function offerDrivers(facts: DriverFacts): readonly DriverOffer[] {
  const { platform, isRoot, docker, hasVirtualBox, kvm } = facts;
  const isLinux = platform === "linux";
  const noControllers = facts.missingControllers.map((name) => `the kernel lacks the cgroup controller ${name}`);
  const offer = (provider: Exclude<MachineProvider, "docker">, obstacles: readonly string[], needsRoot: boolean) => {
    const missing = facts.missing[provider];
    // A driver that needs root is run with sudo, which may install as well.
    const installed = facts.hasApt && (isRoot || needsRoot);
    const lacks = missing.map(({ name, why }) => `${name} is not installed (${why})`);
    return {
      provider,
      obstacles: [...obstacles, ...(installed ? [] : lacks)],
      installs: installed ? [...new Set(missing.map((program) => program.package))] : [],
      asRoot: needsRoot && !isRoot,
    };
  };
  const onLinux = isLinux ? [] : [`it needs Linux, and this host is ${platform}`];
  return [
    offer("lxc", isLinux ? noControllers : onLinux, true),
    {
      provider: "docker",
      obstacles: [...(docker === undefined ? [] : [docker]), ...(isLinux ? noControllers : [])],
      installs: [],
      asRoot: false,
    },
    offer("virtualbox", hasVirtualBox ? [] : ["VBoxManage is not installed (runs the machines)"], false),
    {
      ...offer("libvirt", isLinux && kvm !== undefined ? [kvm] : onLinux, false),
      ...(!facts.canTryKvm && { unproven: "whether KVM works is seen when QEMU is installed" }),
    },
  ];
}
