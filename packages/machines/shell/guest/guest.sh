# shellcheck shell=sh
# The part of a guest's script that is the same for all; see guest-script.ts. Before it stand the MAC address of the
# interface on the LAN ($mac), the sum of this script ($sum), and the function that writes the files (write_files).
# It may run again at any time, and then changes only what differs.
# shellcheck disable=SC2154
set -u
# The root directory; another one in tests, where nothing is started either.
root=${K3S_LAB_ROOT-}

# Tells whether one of some files exists.
has() {
	for file; do [ ! -e "$root$file" ] || return 0; done
	return 1
}

# Standard input becomes a file: path, mode.
put() {
	mkdir -p "$root${1%/*}"
	cat >"$root$1.k3s-lab-new"
	chmod "$2" "$root$1.k3s-lab-new"
	if cmp -s "$root$1.k3s-lab-new" "$root$1"; then rm "$root$1.k3s-lab-new"; else mv -f "$root$1.k3s-lab-new" "$root$1"; fi
}

# Standard input becomes a marked block of another program's file: path, first or last.
block() {
	ours=$(printf '# k3s-lab begin\n%s\n# k3s-lab end' "$(cat)")
	rest=$(sed '/^# k3s-lab begin/,/^# k3s-lab end/d' "$root$1" 2>/dev/null)
	if [ "$2" = first ]; then printf '%s\n%s\n' "$ours" "$rest"; else printf '%s\n%s\n' "$rest" "$ours"; fi | put "$1" 644
}

write_files

# Debian's udhcpc has no configuration, and takes what the DHCP server sends: its script is told that nothing was sent.
script=/etc/udhcpc/default.script
if has "$script" && ! grep -q k3s-lab "$root$script"; then
	sed '/^RESOLV_CONF=/a RESOLV_CONF=/dev/null; unset router staticroutes dns # k3s-lab' "$root$script" | put "$script" 755
fi

# A drop-in beside the file that systemd-networkd has for an interface, which only networkd tells: it may be netplan's, or
# the image's. The interface keeps all that it has there, such as what it calls itself to the DHCP server, and with it its
# address; and nothing comes along that leads through the host. networkd-wait-online must wait for this interface: the
# LAN's is not networkd's, and with none to wait for K3s would start two minutes later.
command -v networkctl >/dev/null && for card in "$root"/sys/class/net/*/device; do
	card=${card%/device}
	[ -e "$card/address" ] || continue
	[ "$(cat "$card/address")" != "$mac" ] || continue
	file=$(LC_ALL=C networkctl --no-pager status "${card##*/}" 2>/dev/null | sed -n 's/^ *Network File: \(.*\.network\)$/\1/p')
	[ -n "$file" ] || continue
	put "/etc/systemd/network/${file##*/}.d/k3s-lab.conf" 644 <<'K3S_LAB_END'
# Written by k3s-lab: the default route and the resolver are the LAN's.
[Network]
IPv6AcceptRA=no

[DHCPv4]
UseRoutes=no
UseGateway=no
UseDNS=no
UseDomains=no
UseNTP=no
K3S_LAB_END
done

[ -z "$root" ] || exit 0

# NetworkManager keeps it with each connection whether a default route comes along.
if command -v nmcli >/dev/null && nmcli -t general status >/dev/null 2>&1; then
	nmcli general reload
	nmcli -t -f UUID,TYPE connection show | while IFS=: read -r uuid type; do
		[ "$type" = 802-3-ethernet ] || continue
		nmcli connection modify "$uuid" ipv4.never-default yes ipv4.ignore-auto-dns yes ipv6.never-default yes ipv6.ignore-auto-dns yes
	done
fi
failed=''
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
	if systemctl -q is-active systemd-networkd; then networkctl reload; fi
	if systemctl -q is-active systemd-resolved; then systemctl restart systemd-resolved; fi
	systemctl -q enable k3s-lab-network
	systemctl restart k3s-lab-network || failed=yes
elif command -v rc-update >/dev/null; then
	rc-update -q add k3s-lab-network default
	rc-service -q k3s-lab-network restart || failed=yes
fi
# Reports what could not be set, and fails then.
/usr/local/sbin/k3s-lab-network apply || exit
[ -z "$failed" ] || {
	echo "k3s-lab-network does not start: after a reboot this machine's network would be wrong" >&2
	exit 1
}
# By this file it is known which script has run to its end.
printf '%s\n' "$sum" | put /etc/k3s-lab/set-up-by 644
