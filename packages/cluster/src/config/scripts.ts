import { labPaths, k3sPaths } from "../paths.js";
import type { Machine } from "@k3s-lab/machines";
import { managerOf, serviceOf, unitOf } from "./service.js";
import type { Service } from "./unit.js";

export function uninstallPath({ name }: Service): string {
  return `/usr/local/bin/${name}-uninstall.sh`;
}

/** k3s-killall.sh: ends K3s and every container of it, and takes away what they had mounted and linked. */
export function killAllScript(): string {
  return `#!/bin/sh
# Ends K3s and all its containers on this node. Written by k3s-lab; named as K3s' installer names its own.
[ "$(id -u)" -eq 0 ] || exec sudo "$0" "$@"
data=\${K3S_DATA_DIR:-/var/lib/rancher/k3s}

if command -v systemctl >/dev/null; then systemctl stop 'k3s*.service'; fi
for service in /etc/init.d/k3s*; do
  if [ -x "$service" ]; then "$service" stop; fi
done

# A shim is the parent of all processes of its pod.
end_tree() {
  for child in $(cat /proc/"$1"/task/*/children 2>/dev/null); do end_tree "$child"; done
  kill -9 "$1" 2>/dev/null
}
for process in /proc/[0-9]*; do
  case $(readlink "$process/exe" 2>/dev/null) in
    "$data"/data/*/bin/containerd-shim*) end_tree "\${process#/proc/}" ;;
  esac
done

# Inner mounts first.
for place in /run/k3s /var/lib/kubelet/pods /var/lib/kubelet/plugins /run/netns/cni-; do
  awk -v place="$place" 'index($2, place) == 1 { print $2 }' /proc/self/mounts | sort -r | while read -r mount; do
    umount -l "$mount" && rm -rf "$mount"
  done
done

for link in $(ip -o link show master cni0 2>/dev/null | sed -E 's/^[0-9]+: ([^:@]+).*/\\1/') cni0 flannel.1; do
  ip link delete "$link" 2>/dev/null
done
rm -rf /var/lib/cni
for tables in iptables ip6tables; do
  command -v $tables-save >/dev/null || continue
  $tables-save | grep -v -e KUBE- -e CNI- -e '[Ff]lannel' -e FLANNEL | $tables-restore
done
exit 0
`;
}

/** k3s-uninstall.sh and k3s-agent-uninstall.sh: as if K3s had never been here. */
export function uninstallScript(machine: Pick<Machine, "role" | "serviceManager">): string {
  const service = serviceOf(machine);
  const files = [
    managerOf(machine).serviceFile(service.name),
    unitOf(machine).environmentFile(service),
    ...k3sPaths.links,
    k3sPaths.binary,
    k3sPaths.killAll,
    labPaths.installed,
  ];
  return `#!/bin/sh
# Removes K3s from this node. Written by k3s-lab; named as K3s' installer names its own.
[ "$(id -u)" -eq 0 ] || exec sudo "$0" "$@"
data=\${K3S_DATA_DIR:-/var/lib/rancher/k3s}
${k3sPaths.killAll}
if command -v systemctl >/dev/null; then systemctl disable ${service.name}; fi
if command -v rc-update >/dev/null; then rc-update delete ${service.name} default; fi
rm -f ${files.join(" ")}
if command -v systemctl >/dev/null; then systemctl daemon-reload; fi
# A mount point cannot be removed, only emptied.
rm -rf /etc/rancher/k3s /run/k3s /run/flannel "$data" /var/lib/kubelet 2>/dev/null
rm -f ${uninstallPath(service)}
`;
}
