# shellcheck shell=sh
# The first process of a machine that Docker runs: makes it a computer of its own and becomes its service manager. $1: the MAC
# address of its link; what follows: sysctls, each with the value that a kubelet is to find in place of the whole host's.
set -e
mac=$1
shift
# Docker lays files of its own over these, one of which names a resolver that asks what the host asks: the machine has the
# lab's, on its disk.
for file in /etc/resolv.conf /etc/hosts /etc/hostname; do
	! mountpoint -q "$file" || umount "$file"
done
shield=/run/k3s-lab/sysctls
mkdir -p "$shield"
while [ "$#" -gt 1 ]; do
	file=/proc/sys/$(echo "$1" | tr . /)
	echo "$2" >"$shield/$1"
	[ ! -e "$file" ] || mount --bind "$shield/$1" "$file"
	shift 2
done
# Docker's clients cannot agree on how to ask for one, and a node that is made again must be the same neighbour.
ip link set dev eth0 down address "$mac"
ip link set dev eth0 up
exec /sbin/init
