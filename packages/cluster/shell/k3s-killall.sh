#!/bin/sh
# Ends K3s and all its containers on this node. Written by k3s-lab; named as K3s' installer names its own.
[ "$(id -u)" -eq 0 ] || exec sudo "$0" "$@"
data=${K3S_DATA_DIR:-/var/lib/rancher/k3s}

# Not k3s-lab-network, without which the node would not be on the lab's network.
for service in k3s k3s-agent; do
  if [ -e "/etc/systemd/system/$service.service" ]; then systemctl stop "$service"; fi
  if [ -x "/etc/init.d/$service" ]; then "/etc/init.d/$service" stop; fi
done

# A shim is the parent of all processes of its pod.
end_tree() {
  # shellcheck disable=SC2013 # Words are wanted: process ids.
  for child in $(cat /proc/"$1"/task/*/children 2>/dev/null); do end_tree "$child"; done
  kill -9 "$1" 2>/dev/null
}
for process in /proc/[0-9]*; do
  case $(readlink "$process/exe" 2>/dev/null) in
    "$data"/data/*/bin/containerd-shim*) end_tree "${process#/proc/}" ;;
  esac
done

# Inner mounts first.
for place in /run/k3s /var/lib/kubelet/pods /var/lib/kubelet/plugins /run/netns/cni-; do
  awk -v place="$place" 'index($2, place) == 1 { print $2 }' /proc/self/mounts | sort -r | while read -r mount; do
    umount -l "$mount" && rm -rf "$mount"
  done
done

for link in $(ip -o link show master cni0 2>/dev/null | sed -E 's/^[0-9]+: ([^:@]+).*/\1/') cni0 flannel.1; do
  ip link delete "$link" 2>/dev/null
done
rm -rf /var/lib/cni
for tables in iptables ip6tables; do
  command -v $tables-save >/dev/null || continue
  $tables-save | grep -v -e KUBE- -e CNI- -e '[Ff]lannel' -e FLANNEL | $tables-restore
done
# Without pods there is nothing that network policies could be for.
if command -v nft >/dev/null; then nft delete table inet k3s_lab_network_policy 2>/dev/null; fi
exit 0
