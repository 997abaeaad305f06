import { join } from "node:path";
import { systemDir } from "@k3s-lab/host";
import { type Hierarchy, mountHierarchies } from "./cgroups.js";
import { initProgram } from "./names.js";

/**
 * What labs have changed on a host, their lock on it, which names processes, where they are at home, and LXC's locks: of this world
 * alone.
 */
const hostRecords = [join(systemDir, "host"), join(systemDir, "labs"), "/run/lxc"].join(" ");

/** The folder of a world, and the names of the files in it. */
export function hostFiles(dir: string) {
  return {
    hosts: join(dir, "hosts"),
    resolver: join(dir, "resolv.conf"),
    /** The script of a reboot, and the mount points that were there at first. */
    boot: join(dir, "boot.sh"),
    mounts: join(dir, "mounts"),
    /** Made at the end of a reboot. */
    booted: join(dir, "booted"),
  } as const;
}

interface HostScriptOptions {
  readonly name: string;
  readonly dir: string;
  readonly hierarchies: readonly Hierarchy[];
}

/**
 * Returns shell lines that make new namespaces look like a computer of their own: its /proc, a /sys that shows its links
 * (LXC looks for bridges there), its cgroups, its hosts file and resolver. They end as its first process, which
 * takes over what others leave behind.
 */
export function hostScript({ name, dir, hierarchies }: HostScriptOptions): string {
  const { hosts, resolver, boot, mounts } = hostFiles(dir);
  return `
umount -R -l /proc
mount -t proc proc /proc
${mountSys(hierarchies)}
if [ -d /run/systemd/resolve ]; then
  mount -t tmpfs tmpfs /run/systemd/resolve
  : >/run/systemd/resolve/stub-resolv.conf
  : >/run/systemd/resolve/resolv.conf
fi
# The real host's systemd-networkd does not belong to this host.
[ ! -d /run/systemd/netif ] || mount -t tmpfs tmpfs /run/systemd/netif
for records in ${hostRecords}; do
  mkdir -p "$records"
  mount -t tmpfs tmpfs "$records"
done
mount --bind ${hosts} /etc/hosts
mount --bind ${resolver} /etc/resolv.conf
${mountPoints} >${mounts}
echo "holder $outer"
exec perl ${initProgram} ${name} ${boot}`;
}

/** What the first process becomes at a reboot, in a new network: the mounts are then as they were at first. */
export function bootScript({ name, dir, hierarchies }: HostScriptOptions): string {
  const { boot, mounts, booted } = hostFiles(dir);
  return `set -eu
${mountPoints} | tac | while read -r point; do
  grep -qxF "$point" ${mounts} || umount -l "$point"
done
${mountSys(hierarchies)}
: >${booted}
exec perl ${initProgram} ${name} ${boot}
`;
}

const mountPoints = "cut -d ' ' -f 5 /proc/self/mountinfo";

/** A sysfs shows the links of the network that it was mounted in. */
function mountSys(hierarchies: readonly Hierarchy[]): string {
  return `umount -R -l /sys
mount -t sysfs sysfs /sys
${mountHierarchies(hierarchies)}`;
}
