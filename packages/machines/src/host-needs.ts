import type { Program, DesiredSysctl } from "@k3s-lab/host";

/** Programs that running machines need. */
export const programs: readonly Program[] = [
  { name: "lxc-start", package: "lxc", why: "runs the machines" },
  { name: "ip", package: "iproute2", why: "plugs machines into the LAN" },
];

/** Programs that building a root file system needs on top: where it is cached already, they are not needed. */
export const buildPrograms: readonly Program[] = [
  { name: "mmdebstrap", package: "mmdebstrap", why: "builds the machines' root file system" },
  {
    name: "/usr/share/keyrings/debian-archive-keyring.gpg",
    package: "debian-archive-keyring",
    why: "verifies the packages of the root file system",
  },
];

/** What K3s in a container cannot load by itself. Matches and targets of iptables come when they are used. */
export const modules = ["overlay", "bridge", "veth", "br_netfilter", "vxlan", "nf_conntrack", "nf_tables"] as const;

/** Controllers of cgroups that a kubelet does not start without. */
export const controllers = ["cpu", "cpuset", "memory", "pids"] as const;

/** Shares of free space below which K3s' kubelet deletes images that no pod uses, and evicts pods. */
export const diskShares = { deletesImages: 0.15, evicts: 0.05 } as const;

/** What a lab fills: bytes, and inodes. */
export const needs = {
  rootfs: { bytes: 0.25 * 2 ** 30, inodes: 10_000 },
  machine: { bytes: 2 ** 30, inodes: 20_000 },
} as const;

/** Sysctls that a kubelet insists on and that belong to the whole host, with the values that it insists on. */
export const shieldedSysctls: Readonly<Record<string, string>> = {
  "kernel.keys.root_maxbytes": "25000000",
  "kernel.keys.root_maxkeys": "1000000",
  "kernel.panic": "10",
  "kernel.panic_on_oops": "1",
  "vm.overcommit_memory": "1",
  "vm.panic_on_oom": "0",
};

/** What all machines share of the host's limits, and what is put back in case something gets past the shield. */
export const sysctls: Readonly<Record<string, DesiredSysctl>> = {
  "fs.inotify.max_user_instances": { atLeast: 8192 },
  "fs.inotify.max_user_watches": { atLeast: 524288 },
  // A container's systemd raises it to the most that there is; a host's own systemd has done so before.
  "fs.file-max": { asFound: true },
  ...Object.fromEntries(Object.keys(shieldedSysctls).map((key) => [key, { asFound: true } as const])),
};
