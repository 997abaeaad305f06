import { guestPlaces } from "../places.js";
import type { GuestFile } from "./guest-network.js";

/**
 * The files for a guest's own network programs keep the NAT interface from bringing a route or a resolver. The keeper
 * sets what is ours, and sets it again when something changed it all the same. For the shells and the `ip` of Debian and
 * of busybox.
 */
export const keeperFile: GuestFile = {
  path: guestPlaces.keeper,
  mode: 0o755,
  content: String.raw`#!/bin/sh
# Keeps this machine's address, its one default route and its resolver as ${guestPlaces.lan} and
# ${guestPlaces.resolvers} say. Written by k3s-lab.
#   k3s-lab-network apply    once
#   k3s-lab-network wait     once, as soon as the interface is there
#   k3s-lab-network watch    now, and whenever a route changes
#   k3s-lab-network link     what the interface on the LAN is called
# Elsewhere in tests.
root=$K3S_LAB_ROOT
. "$root${guestPlaces.lan}"
resolv="$root/etc/resolv.conf"

say() {
	[ "$1" = "$said" ] || echo "k3s-lab-network: $1" >&2
	said=$1
}

find_link() {
	link=
	for file in /sys/class/net/*/address; do
		read -r mac <"$file" || continue
		[ "$mac" = "$MAC" ] || continue
		link=\${file#/sys/class/net/}
		link=\${link%/address}
		return
	done
	return 1
}

# Other addresses stay: they may be virtual ones of a load balancer in the cluster.
set_address() {
	case " $(ip -4 -o address show dev "$link" | sed 's/.* inet \([^ ]*\) .*/\1/' | tr '\n' ' ')" in
	*" $ADDRESS/$PREFIX "*) return ;;
	esac
	ip link set dev "$link" up
	ip -4 address flush dev "$link"
	ip -4 address add "$ADDRESS/$PREFIX" dev "$link"
}

# Sets via, dev and metric of a line that "ip route" has shown; it adds words that it does not take back.
read_route() {
	via= dev= metric=
	while [ $# -gt 1 ]; do
		case $1 in
		via) via=$2 ;;
		dev) dev=$2 ;;
		metric) metric=$2 ;;
		esac
		shift
	done
}

is_ours() {
	[ "$via" = "$GATEWAY" ] && [ "$dev" = "$link" ] && [ "\${metric:-0}" = 0 ]
}

set_route() {
	have=
	others=
	while read -r first rest; do
		[ "$first" = default ] || continue
		read_route $rest
		if is_ours; then have=yes; else others=yes; fi
	done <<end
$(ip -4 route show default)
end
	[ "$have" != yes ] || [ -n "$others" ] || return 0
	# Ours first: there is no moment without a default route.
	[ "$have" = yes ] || ip -4 route replace default via "$GATEWAY" dev "$link" || return
	while read -r first rest; do
		[ "$first" = default ] || continue
		read_route $rest
		is_ours || ip -4 route del default \${via:+via $via} \${dev:+dev $dev} \${metric:+metric $metric}
	done <<end
$(ip -4 route show default)
end
}

# In one go, and a link that leads to somebody else's file becomes a file.
set_resolver() {
	[ ! -L "$resolv" ] && cmp -s "$root${guestPlaces.resolvers}" "$resolv" && return
	cp "$root${guestPlaces.resolvers}" "$resolv.k3s-lab" && chmod 644 "$resolv.k3s-lab" && mv -f "$resolv.k3s-lab" "$resolv"
}

apply() {
	set_resolver
	find_link || {
		say "no interface has the address $MAC"
		return 1
	}
	set_address && set_route || {
		say "$link: $ADDRESS/$PREFIX via $GATEWAY could not be set"
		return 1
	}
	said=
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
		monitor=
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
`.replaceAll("\\${", "${"),
};
