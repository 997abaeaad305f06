# shellcheck shell=sh
# Runs a program in the network of a pod of this machine, with the machine's own files: no image is needed, and no program
# in the pod. $@: the program and its arguments.
#
# The network of an ended pod has no default route: what connects from there gets nowhere, and proves nothing. Where no pod
# has a network of its own, as on a new agent, one is made: with the last of the node's pod addresses, which a pod would
# get after all others. It has no name, so it ends with the program, and its link and route with it.
command -v nsenter >/dev/null || {
	echo 'attempt failed: it has no nsenter'
	exit
}
# shellcheck disable=SC2045 # Newest first; the names are of the container runtime, without spaces.
for network in $(ls -dt /run/netns/cni-* 2>/dev/null); do
	nsenter --net="$network" grep -q '^[^[:blank:]]*[[:blank:]]00000000[[:blank:]]' /proc/net/route 2>/dev/null &&
		exec nsenter --net="$network" "$@"
done
# shellcheck disable=SC1091
[ ! -r /run/flannel/subnet.env ] || . /run/flannel/subnet.env
case ${FLANNEL_SUBNET-} in
*.*/24) ;;
*)
	echo 'attempt absent: no pod runs on it, and flannel has no subnet'
	exit
	;;
esac
export LAB_CANARY="${FLANNEL_SUBNET%.*}.254"
# A cable that was just plugged in carries nothing for a moment: each end is waited for, for at most a second.
# shellcheck disable=SC2016 # The inner shell expands them.
exec unshare --net sh -c '
ip link add eth0 address 02:00:00:00:00:02 type veth peer name lab-canary address 02:00:00:00:00:01 netns 1 &&
nsenter --net=/proc/1/ns/net ip -batch - <<END &&
link set lab-canary up
route add $LAB_CANARY dev lab-canary
neighbour add $LAB_CANARY lladdr 02:00:00:00:00:02 dev lab-canary
END
ip -batch - <<END &&
address add $LAB_CANARY/32 dev eth0
link set eth0 up
route add 169.254.1.1 dev eth0
route add default via 169.254.1.1 dev eth0
neighbour add 169.254.1.1 lladdr 02:00:00:00:00:01 dev eth0
END
for end in "ip link show dev eth0" "nsenter --net=/proc/1/ns/net ip link show dev lab-canary"; do
  tries=0
  until $end | grep -q "state UP" || [ $tries -ge 100 ]; do tries=$((tries + 1)); sleep 0.01; done
done &&
exec "$@"
echo "attempt failed: a network like that of a pod could not be made"' sh "$@"
