# shellcheck shell=sh
# Runs a program in a network of its own that is plugged into a bridge like a node: what it sends goes the way that a
# node's packets go. The network has no name, so it ends with the program, and the cable with it.
# $1: the bridge. $2: the name of the cable's end on it. $3: an address with its prefix. $4: the gateway. Then the program
# and its arguments.
# shellcheck disable=SC2016 # The inner shell expands them.
unshare --net sh -c '
host=$1 bridge=$2 cable=$3 address=$4 gateway=$5
shift 5
ip -batch - <<END &&
link add eth0 type veth peer name $cable netns $host
link set lo up
link set eth0 addrgenmode none
address add $address dev eth0
link set eth0 up
END
nsenter --target "$host" --net ip -batch - <<END &&
link set $cable addrgenmode none
link set $cable master $bridge up
END
ip route add default via "$gateway" || exit
# A cable that was just plugged in carries nothing for a moment.
tries=0
until ip link show dev eth0 | grep -q "state UP" || [ $tries -ge 100 ]; do
	tries=$((tries + 1))
	sleep 0.01
done
exec "$@"' sh $$ "$@"
code=$?
# The kernel takes a network down only some time after its last program: until then the cable could not be made again.
ip link delete dev "$2" 2>/dev/null
exit $code
