# shellcheck shell=sh
# Prints everything that shows whether a node is guarded, in lines that begin with "guard". Changes nothing.
# $1: the pod CIDR. $2, $3: family and name of the guard's nftables table. $4: the first of its iptables chains. $5: the
# file with the process id of its watch. Further arguments, in pairs: the directory of a service manager that runs, and
# the file that exists where that starts the guard at boot.
if guard=$(nft -j list table "$2" "$3" 2>/dev/null); then
	echo "guard nftables $guard"
else
	for table in filter security; do iptables-save -c -t "$table" 2>/dev/null; done |
		sed -n "s/^\\*\\|^\\[.*-A \\(FORWARD\\|OUTPUT\\|$4\\)/guard iptables &/p"
fi
route=$(ip -4 route show exact "$1" dev lo 2>/dev/null) && [ -n "$route" ] && echo "guard route $route"
# The process that the watch has written down is still the watch.
{ read -r pid <"$5" && grep -qa node-guard "/proc/$pid/cmdline"; } 2>/dev/null && echo "guard watched"
shift 5
while [ $# -ge 2 ]; do
	[ -d "$1" ] && [ -e "$2" ] && echo "guard enabled"
	shift 2
done
true
