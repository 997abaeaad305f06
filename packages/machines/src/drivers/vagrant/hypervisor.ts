import { existsSync } from "node:fs";
import { isAbsolute } from "node:path";
import { CommandFailed } from "@k3s-lab/exec";
import { isInstalled } from "@k3s-lab/host";
import type { VagrantProvider } from "@k3s-lab/lab";
import { type Command, runCommand } from "../enter.js";
import { vboxManagePaths } from "./host-system.js";
import { machinePrefix } from "./plan.js";

/**
 * Asks the hypervisor, not Vagrant, for the machines of a lab, by the names that the lab gave them: Vagrant may have
 * forgotten some, or its folder may be gone. A host that never had any may lack the program that asks.
 */
export async function machinesOf(labId: string, provider: VagrantProvider): Promise<readonly string[]> {
  const command = listCommand(provider);
  if (command === undefined) return [];
  try {
    return namesIn((await runCommand(command, { env })).stdout, labId);
  } catch (error) {
    // A libvirt that does not run has no machine that runs; what it has on disk is found when it runs again.
    if (error instanceof CommandFailed) return [];
    throw error;
  }
}

/** A virtual machine of some lab, as its hypervisor has it. */
export interface HypervisorMachine {
  readonly lab: string;
  readonly name: string;
  readonly isRunning: boolean;
}

/** Asks a hypervisor for the machines of all labs. */
export async function allMachines(provider: VagrantProvider): Promise<readonly HypervisorMachine[]> {
  const command = listCommand(provider);
  if (command === undefined) return [];
  const list = async (listed: Command) => labNamesIn((await runCommand(listed, { env, answers: "any" })).stdout);
  const [all, running] = await Promise.all([list(command), list(runningCommand(provider, command))]);
  const key = ({ lab, name }: Omit<HypervisorMachine, "isRunning">) => `${lab} ${name}`;
  const runs = new Set(running.map(key));
  return all.map((machine) => ({ ...machine, isRunning: runs.has(key(machine)) }));
}

function runningCommand(provider: VagrantProvider, [program, ...args]: Command): Command {
  if (provider === "virtualbox") return [program, "list", "runningvms"];
  return [program, ...args.filter((arg) => arg !== "--all")];
}

/** Parses what lists machines, like namesIn, for every lab. */
export function labNamesIn(output: string): readonly Omit<HypervisorMachine, "isRunning">[] {
  return output.split(/\r?\n/).flatMap((line) => {
    const [, lab, name] = /^"?k3s-lab-([0-9a-f]{6})-([a-z0-9-]+)(?:" \{.*\})?\s*$/.exec(line.trim()) ?? [];
    return lab === undefined || name === undefined ? [] : [{ lab, name }];
  });
}

/** Removes a machine from the hypervisor, with its disks. */
export async function removeMachine(labId: string, provider: VagrantProvider, name: string): Promise<void> {
  for (const { command, answers } of removeCommands(provider, `${machinePrefix(labId)}${name}`)) {
    await runCommand(command, { env, answers });
  }
}

const env = { LC_ALL: "C" };
const libvirt = ["virsh", "-q", "-c", "qemu:///system"] as const;

function listCommand(provider: VagrantProvider): Command | undefined {
  if (provider === "libvirt") {
    return isInstalled("virsh") ? [...libvirt, "list", "--all", "--name"] : undefined;
  }
  const vboxManage = findVBoxManage();
  return vboxManage === undefined ? undefined : [vboxManage, "list", "vms"];
}

/** Parses `virsh list --name` (one name per line) and `VBoxManage list vms` ("name" {id} per line). */
export function namesIn(output: string, labId: string): readonly string[] {
  const prefix = machinePrefix(labId);
  return output
    .split(/\r?\n/)
    .map((line) => /^"(.*)" \{.*\}$/.exec(line)?.[1] ?? line.trim())
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length));
}

interface Removal {
  readonly command: Command;
  /** "any" for ending a machine, which fails where it does not run. */
  readonly answers: "any" | readonly number[];
}

/** Returns the commands that end a machine and remove it; `id` is the hypervisor's name of it. */
export function removeCommands(provider: VagrantProvider, id: string): readonly Removal[] {
  if (provider === "libvirt") {
    return [
      { command: [...libvirt, "destroy", id], answers: "any" },
      {
        command: [...libvirt, "undefine", id, "--remove-all-storage", "--nvram", "--snapshots-metadata"],
        answers: [0],
      },
    ];
  }
  const vboxManage = findVBoxManage() ?? "VBoxManage";
  return [
    { command: [vboxManage, "controlvm", id, "poweroff"], answers: "any" },
    { command: [vboxManage, "unregistervm", id, "--delete"], answers: [0] },
  ];
}

/** Finds VBoxManage; undefined where VirtualBox is not installed. */
export function findVBoxManage(): string | undefined {
  return vboxManagePaths({ platform: process.platform, env: process.env }).find((path) =>
    isAbsolute(path) ? existsSync(path) : isInstalled(path),
  );
}
