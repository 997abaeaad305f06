# shellcheck shell=sh
# Prints the neighbour entry of the router once it has answered by ARP; nothing where it does not.
# $1: the link, $2: the router's address, $3: how often it is asked, $4: seconds to wait each time.
for _ in $(seq "$3"); do
	# A router need not answer a ping: what counts is that it tells its MAC address.
	ping -q -n -c 1 -W "$4" -I "$1" "$2" >/dev/null 2>&1
	ip -4 neigh show to "$2" dev "$1" | grep ' lladdr ' && exit
done
