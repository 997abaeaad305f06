import { existsSync } from "node:fs";
import { isAbsolute } from "node:path";
import { CommandFailed } from "@k3s-lab/exec";
import { isInstalled } from "@k3s-lab/host";
import type { VagrantProvider } from "@k3s-lab/lab";
import { type Command, runCommand } from "../enter.js";
import { vboxManagePaths } from "./host-system.js";
import { machinePrefix } from "./plan.js";

/**
 * Machines by the name that the lab gave them, past Vagrant: what it forgot, or can no longer be asked for because its
 * folder is gone. The program that asks may be missing on a host that has never had any.
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

/** Of `virsh list --name`, a name a line, and of `VBoxManage list vms`: "name" {id}. */
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
  /** A machine that stands still cannot be ended. */
  readonly answers: "any" | readonly number[];
}

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

export function findVBoxManage(): string | undefined {
  return vboxManagePaths({ platform: process.platform, env: process.env }).find((path) =>
    isAbsolute(path) ? existsSync(path) : isInstalled(path),
  );
}
