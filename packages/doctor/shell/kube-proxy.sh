# shellcheck shell=sh
# Prints how kube-proxy programs this node.
if nft list table ip kube-proxy >/dev/null 2>&1; then
	echo nftables
elif [ -e /sys/class/net/kube-ipvs0 ]; then
	echo ipvs
elif iptables -w -t nat -n -L KUBE-SERVICES >/dev/null 2>&1; then
	echo iptables
else
	echo unknown
fi
