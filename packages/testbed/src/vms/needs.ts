import type { Program } from "@k3s-lab/host";
import { rootfsPrograms, vagrantPrograms } from "../programs.js";

export const boxPrograms: readonly Program[] = [
  ...vagrantPrograms,
  ...rootfsPrograms,
  { name: "mke2fs", package: "e2fsprogs", why: "makes the guest's file system" },
  { name: "extlinux", package: "extlinux", why: "boots the guest" },
  { name: "qemu-img", package: "qemu-utils", why: "makes the guest's disk" },
];

export const libvirtPrograms: readonly Program[] = [
  ...vagrantPrograms,
  { name: "qemu-system-x86_64", package: "qemu-system-x86", why: "emulates the machines" },
  { name: "libvirtd", package: "libvirt-daemon-system", why: "runs the machines" },
  { name: "virtlogd", package: "libvirt-daemon", why: "writes the machines' consoles" },
  { name: "virsh", package: "libvirt-clients", why: "asks libvirt" },
  { name: "dnsmasq", package: "dnsmasq-base", why: "serves DHCP on libvirt's NAT network" },
];
