# shellcheck shell=sh
# Prints a machine's routes, as JSON or, where ip is busybox' own, as text; and a line "resolver ADDRESS" for each.
ip -4 -json route show 2>/dev/null || ip -4 route show
echo
while read -r word address _; do
	[ "$word" != nameserver ] || echo "resolver $address"
done </etc/resolv.conf
true
