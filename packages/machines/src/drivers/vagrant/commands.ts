import type { VagrantProvider as Provider } from "@k3s-lab/lab";
import { machineId } from "./plan.js";
import type { Command } from "../enter.js";

/** Returns the environment of every Vagrant command: no colours, and no check for a newer version. */
export function vagrantEnvironment(provider: Provider): Readonly<Record<string, string>> {
  return {
    VAGRANT_DEFAULT_PROVIDER: provider,
    VAGRANT_NO_COLOR: "1",
    VAGRANT_CHECKPOINT_DISABLE: "1",
    // Only the system's libvirt may plug into a bridge; desktops set the user's own.
    ...(provider === "libvirt" ? { LIBVIRT_DEFAULT_URI: "qemu:///system" } : {}),
  };
}

/**
 * Groups machines by the command that brings them up; the commands run side by side. libvirt's plugin starts the machines
 * of one command in parallel; with VirtualBox, Vagrant starts one machine per command. The box must have been added by
 * then: of several commands that add it, all but one fail.
 */
export function upGroups(provider: Provider, names: readonly string[]): readonly (readonly string[])[] {
  // Without a name Vagrant would start all.
  if (names.length === 0) return [];
  return provider === "libvirt" ? [names] : names.map((name) => [name]);
}

export function upCommand(names: readonly string[]): Command {
  return ["vagrant", "up", ...names, "--parallel"];
}

export function addBoxCommand(provider: Provider, box: string): Command {
  return ["vagrant", "box", "add", box, "--provider", provider];
}

export function listBoxesCommand(): Command {
  return ["vagrant", "box", "list", "--machine-readable"];
}

export function haltCommand(name: string): Command {
  return ["vagrant", "halt", name];
}

export function destroyCommand(name: string): Command {
  return ["vagrant", "destroy", name, "--force"];
}

export function statusCommand(): Command {
  return ["vagrant", "status", "--machine-readable"];
}

export function sshConfigCommand(names: readonly string[]): Command {
  return ["vagrant", "ssh-config", ...names];
}

export function showMachineCommand(vboxManage: string, labId: string, name: string): Command {
  return [vboxManage, "showvminfo", machineId(labId, name), "--machinereadable"];
}

export function listBridgeableCommand(vboxManage: string): Command {
  return [vboxManage, "list", "bridgedifs"];
}
