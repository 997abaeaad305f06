import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Program } from "@k3s-lab/host";
import type { VagrantProvider } from "@k3s-lab/lab";

const common: readonly Program[] = [
  { name: "vagrant", package: "vagrant", why: "makes the machines" },
  { name: "ssh", package: "openssh-client", why: "enters the machines" },
];

const libvirt: readonly Program[] = [
  { name: "virsh", package: "libvirt-clients", why: "finds machines again" },
  { name: "libvirtd", package: "libvirt-daemon-system", why: "runs the machines" },
  { name: "qemu-system-x86_64", package: "qemu-system-x86", why: "runs the machines" },
  { name: "qemu-img", package: "qemu-utils", why: "makes the machines' disks" },
  { name: "dnsmasq", package: "dnsmasq-base", why: "gives machines the address that Vagrant enters them by" },
];

/** Debian's package, needed unless the user's own Vagrant has the plugin. */
const plugin: Program = {
  name: "/usr/share/doc/vagrant-libvirt",
  package: "vagrant-libvirt",
  why: "speaks to libvirt",
};

/** Returns the programs that virtual machines need. Debian does not package VirtualBox: see steps/find-hypervisor.ts. */
export function programsOf(provider: VagrantProvider, env: NodeJS.ProcessEnv = process.env): readonly Program[] {
  if (provider === "virtualbox") return common;
  return [...common, ...libvirt, ...(hasOwnPlugin(env) ? [] : [plugin])];
}

function hasOwnPlugin({ VAGRANT_HOME, HOME }: NodeJS.ProcessEnv): boolean {
  const home = VAGRANT_HOME ?? join(HOME ?? homedir(), ".vagrant.d");
  try {
    const { installed = {} } = JSON.parse(readFileSync(join(home, "plugins.json"), "utf8")) as { installed?: object };
    return "vagrant-libvirt" in installed;
  } catch {
    return false;
  }
}
