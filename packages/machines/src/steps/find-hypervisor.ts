import { existsSync } from "node:fs";
import { CommandFailed, run } from "@k3s-lab/exec";
import { type VagrantProvider } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import { serviceManagers } from "@k3s-lab/service-manager";
import { type Step, step } from "@k3s-lab/steps";
import { findVBoxManage } from "../drivers/vagrant/hypervisor.js";

/** What Vagrant drives: no package of Debian's brings VirtualBox, and one that brings libvirt does not start it. */
export function findHypervisorStep(provider: VagrantProvider): Step {
  return step<boolean>({
    id: "find-hypervisor",
    title: "Find hypervisor",
    observe: async () => (provider === "virtualbox" ? findVBoxManage() !== undefined : answers()),
    plan: (isThere) => {
      if (isThere) return [];
      if (provider === "libvirt")
        return [{ on: "host", kind: "change", sentence: "host: start libvirt", run: startLibvirt }];
      return new Problem("LAB-MCH-014", "host", "lacks VBoxManage (runs the machines)", {
        remedy: "Install VirtualBox, see https://www.virtualbox.org/wiki/Downloads.",
      });
    },
  });
}

async function answers(): Promise<boolean> {
  try {
    await run("virsh", ["-q", "-c", "qemu:///system", "version"]);
    return true;
  } catch (error) {
    if (error instanceof CommandFailed) return false;
    throw error;
  }
}

async function startLibvirt(): Promise<void> {
  const manager = Object.values(serviceManagers).find(({ runtimeDir }) => existsSync(runtimeDir));
  const start = manager?.restartCommand("libvirtd") ?? "virtlogd -d && libvirtd -d";
  const refuse = (cause?: unknown) =>
    new Problem("LAB-MCH-015", "host", "libvirt does not answer at qemu:///system", {
      remedy: `Run: sudo sh -c '${start}'; and be in its group: sudo usermod -aG libvirt "$USER", then log in again.`,
      cause,
    });
  // A daemon without a service manager is the host's administrator's to start: it would outlive the lab.
  if (process.getuid?.() !== 0 || manager === undefined) throw refuse();
  await run("sh", ["-c", start]).catch((cause: unknown) => {
    throw refuse(cause);
  });
}
