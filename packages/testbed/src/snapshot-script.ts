/** One shell script reads all of a host's state: a snapshot then costs one process tree, in whatever namespace. */
export const sections = {
  links: "ip -json -details link",
  addresses: "ip -json address",
  routes: "ip -4 route show table all; ip -6 route show table all",
  rules: "ip -4 rule; ip -6 rule",
  nftables: "nft -s list ruleset",
  iptables: "iptables-save",
  ip6tables: "ip6tables-save",
  namespaces: "ls /run/netns",
  mounts: "cat /proc/self/mountinfo",
  cgroups: "find /sys/fs/cgroup/ -type d",
  sysctls: "grep -s -r '' $sysctls",
  hosts: "cat /etc/hosts",
  resolver: "cat /etc/resolv.conf",
  files: "find /var/lib/k3s-lab /var/lib/lxc /run/lxc /run/lock/lxc /etc/lxc -maxdepth 3",
  processes: `for p in /proc/[0-9]*; do
    [ $p = /proc/$$ ] || { tr '\\0' ' ' <$p/cmdline; echo; }
  done`,
} as const;

export type Section = keyof typeof sections;

/** What a lab or the programs in its machines may switch: forwarding, filters, and what leaks from a kubelet. */
const sysctls = [
  "net/ipv4/ip_forward",
  "net/ipv4/conf",
  "net/ipv6/conf/*/forwarding",
  "net/bridge",
  "net/netfilter/nf_conntrack_max",
  "net/netfilter/nf_conntrack_tcp_timeout_established",
  "net/netfilter/nf_conntrack_tcp_timeout_close_wait",
  "kernel/panic",
  "kernel/panic_on_oops",
  "kernel/keys",
  "kernel/printk",
  "kernel/sysrq",
  "kernel/core_pattern",
  "vm/overcommit_memory",
  "vm/panic_on_oom",
  "vm/max_map_count",
  "vm/swappiness",
  "fs/inotify",
  "fs/file-max",
  "fs/nr_open",
  "fs/protected_hardlinks",
  "fs/protected_symlinks",
];

const mark = "== section ";

export function snapshotScript(): string {
  const lines = Object.entries(sections).map(([name, command]) => `echo '${mark}${name}'; { ${command}; } 2>/dev/null`);
  return [`sysctls='${sysctls.map((key) => `/proc/sys/${key}`).join(" ")}'`, ...lines, "true"].join("\n");
}

/** Splits the output of the script into its sections. */
export function splitSections(text: string): Readonly<Record<Section, string>> {
  const missing = Object.keys(sections).map((name) => [name, ""]);
  // The first line of each part is the section's name.
  const found = text
    .split(mark)
    .slice(1)
    .map((part) => part.split(/\n(.*)/s, 2));
  return Object.fromEntries([...missing, ...found]) as Record<Section, string>;
}
