import { join } from "node:path";
import { systemDir } from "@k3s-lab/lab";
import { type Hierarchy, mountHierarchies } from "./cgroups.js";

/** What labs have changed on a host, and their lock on it, which names processes: of this world alone. */
const hostRecords = join(systemDir, "host");

/**
 * Shell lines that make new namespaces look like a computer of their own: its /proc, a /sys that shows its links
 * (LXC looks for bridges there), its cgroups, its hosts file and resolver. They end as its first process, which
 * takes over what others leave behind.
 */
export function hostScript(options: {
  readonly name: string;
  readonly dir: string;
  readonly hierarchies: readonly Hierarchy[];
}): string {
  const { name, dir, hierarchies } = options;
  return `
umount -R -l /proc
mount -t proc proc /proc
umount -R -l /sys
mount -t sysfs sysfs /sys
${mountHierarchies(hierarchies)}
if [ -d /run/systemd/resolve ]; then
  mount -t tmpfs tmpfs /run/systemd/resolve
  : >/run/systemd/resolve/stub-resolv.conf
  : >/run/systemd/resolve/resolv.conf
fi
mkdir -p ${hostRecords}
mount -t tmpfs tmpfs ${hostRecords}
mount --bind ${dir}/hosts /etc/hosts
mount --bind ${dir}/resolv.conf /etc/resolv.conf
echo "holder $outer"
exec perl -e '$0 = "${name}"; $SIG{CHLD} = "IGNORE"; sleep 3600 while 1'`;
}
