# shellcheck shell=sh
# Asks the cluster's DNS server from the network of a pod of this node, and prints the answer: as hexadecimal digits, as
# "answered", or "none". Prints nothing where no pod has a network of its own.
# $1: the DNS server. $2: the name to look up. $3: the question as a packet, in escapes of printf. $4: how many pods are
# tried: a network that an ended pod has left is no pod.
# It needs no image, and no DNS program on the node: bash opens the socket, and dd makes one packet of what printf would
# write in two, because a length in it is a line feed. A node without bash, as Alpine may be, has busybox' nslookup.
ask() {
	if ! command -v bash >/dev/null; then
		nsenter --net="$1" timeout 1 nslookup "$3" "$2" >/dev/null 2>&1 && echo answered
		return
	fi
	# shellcheck disable=SC2016 # It is expanded by the shell in the pod's network.
	nsenter --net="$1" timeout 1 bash -c '
		exec 3<>"/dev/udp/$0/53" &&
			printf "$1" | dd bs=512 iflag=fullblock >&3 2>/dev/null &&
			dd bs=512 count=1 <&3 2>/dev/null | od -An -v -tx1 | tr -d " \n"' "$2" "$4" 2>/dev/null
}
# shellcheck disable=SC2012 # The newest first, which only ls can tell; their names are made by the CNI plugins.
for network in $(ls -dt /run/netns/cni-* 2>/dev/null | head -n "$4"); do
	answer=$(ask "$network" "$1" "$2" "$3")
	echo "lookup ${answer:-none}"
	[ -n "$answer" ] && break
done
true
