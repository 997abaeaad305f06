#!/bin/sh
# Keeps this machine's address, its one default route and its resolver as /etc/k3s-lab/lan and
# /etc/k3s-lab/resolv.conf have it. Written by k3s-lab.
#   k3s-lab-network apply    once
#   k3s-lab-network wait     once, as soon as the interface exists
#   k3s-lab-network watch    now, and whenever a route changes
#   k3s-lab-network link     what the interface on the LAN is called
# The root directory; another one in tests.
root=$K3S_LAB_ROOT
# shellcheck source=/dev/null
. "$root/etc/k3s-lab/lan"
# shellcheck disable=SC2153
mac=$MAC address=$ADDRESS/$PREFIX gateway=$GATEWAY
resolv="$root/etc/resolv.conf"

report() {
	[ "$1" = "$reported" ] || echo "k3s-lab-network: $1" >&2
	reported=$1
}

find_link() {
	link=''
	for file in /sys/class/net/*/address; do
		read -r seen <"$file" || continue
		[ "$seen" = "$mac" ] || continue
		link=${file#/sys/class/net/}
		link=${link%/address}
		return
	done
	return 1
}

# Other addresses stay: they may be virtual ones of a load balancer in the cluster.
set_address() {
	case " $(ip -4 -o address show dev "$link" | sed 's/.* inet \([^ ]*\) .*/\1/' | tr '\n' ' ')" in
	*" $address "*) return ;;
	esac
	ip link set dev "$link" up
	ip -4 address flush dev "$link"
	ip -4 address add "$address" dev "$link"
}

# Sets via, dev and metric of a line that "ip route" has shown; it adds words that it does not take back.
read_route() {
	via='' dev='' metric=''
	while [ $# -gt 1 ]; do
		case $1 in
		via) via=$2 ;;
		dev) dev=$2 ;;
		metric) metric=$2 ;;
		esac
		shift
	done
}

is_right() {
	[ "$via" = "$gateway" ] && [ "$dev" = "$link" ] && [ "${metric:-0}" = 0 ]
}

set_route() {
	have='' others=''
	while read -r first rest; do
		[ "$first" = default ] || continue
		# shellcheck disable=SC2086 # words of a route
		read_route $rest
		if is_right; then have=yes; else others=yes; fi
	done <<end
$(ip -4 route show default)
end
	[ "$have" != yes ] || [ -n "$others" ] || return 0
	# The right one first: there is no moment without a default route.
	[ "$have" = yes ] || ip -4 route replace default via "$gateway" dev "$link" || return
	while read -r first rest; do
		[ "$first" = default ] || continue
		# shellcheck disable=SC2086 # words of a route
		read_route $rest
		is_right || ip -4 route del default ${via:+via $via} ${dev:+dev $dev} ${metric:+metric $metric}
	done <<end
$(ip -4 route show default)
end
}

# In one go; a link that leads to another program's file becomes a file.
set_resolver() {
	[ ! -L "$resolv" ] && cmp -s "$root/etc/k3s-lab/resolv.conf" "$resolv" && return
	cp "$root/etc/k3s-lab/resolv.conf" "$resolv.k3s-lab" && chmod 644 "$resolv.k3s-lab" && mv -f "$resolv.k3s-lab" "$resolv"
}

apply() {
	set_resolver
	find_link || {
		report "no interface has the address $mac"
		return 1
	}
	{ set_address && set_route; } || {
		report "$link: $address via $gateway could not be set"
		return 1
	}
	reported=''
}

# The machine goes on booting without, so that it can be entered. An interface that is up is not renamed any more: udev,
# which may be slow, comes first.
wait_and_apply() {
	! command -v udevadm >/dev/null || udevadm settle --timeout=120
	tries=30
	until find_link || [ "$tries" = 0 ]; do
		sleep 1
		tries=$((tries - 1))
	done
	apply || true
}

watch() {
	events=/run/k3s-lab-network.$$
	rm -f "$events"
	mkfifo -m 600 "$events"
	exec 3<>"$events"
	rm -f "$events"
	# busybox cannot watch routes: looked at more often there. Neither tells of files.
	if ip -V 2>&1 | grep -q iproute2; then
		pause=2
		ip -4 monitor route >&3 2>/dev/null &
		monitor=$!
	else
		pause=1
		monitor=''
	fi
	while sleep "$pause"; do echo look; done >&3 2>/dev/null &
	clock=$!
	trap 'kill $clock $monitor 2>/dev/null; exit 0' TERM INT HUP
	apply
	while read -r event <&3; do
		case " $event " in
		*" look "* | *" default "* | *" dev $link "*) apply ;;
		esac
	done
}

case $1 in
apply) apply ;;
wait) wait_and_apply ;;
watch) watch ;;
link) find_link && echo "$link" ;;
*)
	sed -n 's/^#   //p' "$0" >&2
	exit 2
	;;
esac
