# shellcheck shell=sh
# Prints what a machine's network is: a line "link NAME", and what ip knows of that link, as JSON or, where ip is
# busybox' own, as text. $1: the MAC address of the link, in lower case.
link=none
for file in /sys/class/net/*/address; do
	read -r mac <"$file" || continue
	[ "$mac" = "$1" ] || continue
	link=${file#/sys/class/net/}
	link=${link%/address}
	echo "link $link"
	break
done
# In one process; busybox' ip knows neither JSON nor batches.
seen=$(
	ip -4 -json -force -batch - 2>/dev/null <<-end
		address show dev $link
		route show default
		neighbour show dev $link
	end
)
case $seen in
"["*) echo "$seen" ;;
*)
	ip -4 -o address show dev "$link"
	ip -4 route show default
	ip -4 neigh show dev "$link"
	;;
esac 2>/dev/null
while read -r word address _; do
	[ "$word" != nameserver ] || echo "resolver $address"
done </etc/resolv.conf
true
