import { type NodeGuardOptions, nodeGuardSeeScript } from "@k3s-lab/guard";
import { ipBatch } from "@k3s-lab/ip";

/** Where the data of K3s lies; full disks are theirs. */
const disks = ["/", "/var/lib/rancher", "/var/lib/kubelet"];
const tls = "/var/lib/rancher/k3s";
const certificates = [`${tls}/server/tls/*.crt`, `${tls}/server/tls/*/*.crt`, `${tls}/agent/*.crt`];

/**
 * Shell that prints all that the rules want to know of a node, in sections: one process a node enters it. Changes
 * nothing, and leaves out what the node cannot tell. Keys stay where they are: certificates are public.
 */
export function nodeScript(cidrs: NodeGuardOptions): string {
  return `
echo '== clock'; date +%s.%N
echo '== ip'; ip -4 -json -details -force -batch - 2>/dev/null <<'end'
${ipBatch}neighbour show
end
echo '== resolvers'; cat /etc/resolv.conf 2>/dev/null
echo '== listeners'; cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '$4 == "0A" { print $2 }'
echo '== disks'; df -kP ${disks.join(" ")} 2>/dev/null
echo '== forwarding'; cat /proc/sys/net/ipv4/ip_forward 2>/dev/null
echo '== proxy'
if nft list table ip kube-proxy >/dev/null 2>&1; then echo nftables
elif [ -e /sys/class/net/kube-ipvs0 ]; then echo ipvs
elif iptables -w -t nat -n -L KUBE-SERVICES >/dev/null 2>&1; then echo iptables
else echo unknown; fi
echo '== certificates'
for file in ${certificates.join(" ")}; do [ -f "$file" ] && echo "file $file" && cat "$file"; done
echo '== guard'
if [ -d /run/systemd/system ]; then
${nodeGuardSeeScript(cidrs, "systemd")}
else
${nodeGuardSeeScript(cidrs, "openrc")}
fi
true
`;
}
