import { createHash } from "node:crypto";
import type { NodeFile } from "../../../node-files.js";
import { guestPlaces } from "../places.js";
import { guestFiles } from "./guest-files.js";
import type { GuestFile, GuestNetwork } from "./guest-network.js";
import { networkdDropIn } from "./systemd-networkd.js";

const { keeper, service, setUpBy } = guestPlaces;
const end = "K3S_LAB_END";

/** What a guest runs as root, once: it finds out what the guest's network is run by, and writes the files for that. */
export function guestScript(network: GuestNetwork): string {
  const script = scriptFor(network);
  return `${script}put ${setUpBy} 644 <<'${end}'\n${sumOf(script)}\n${end}\n`;
}

/** By this file in a guest it is known which script has run to its end there. */
export function setUpRecord(network: GuestNetwork): NodeFile {
  return { path: setUpBy, content: `${sumOf(scriptFor(network))}\n`, script: guestScript(network) };
}

function scriptFor(network: GuestNetwork): string {
  const files = guestFiles(network).map(writeFile);
  return [head, ...files, udhcpcOfDebian, networkdDropIns(network.mac), apply].join("\n");
}

function sumOf(script: string): string {
  return createHash("sha256").update(script).digest("hex");
}

function writeFile({ path, content, mode, where, block }: GuestFile): string {
  const put = block === undefined ? `put ${path} ${mode.toString(8)}` : `block ${path} ${block}`;
  const condition = where === undefined ? "" : `has ${where.join(" ")} && `;
  return `${condition}${put} <<'${end}'\n${content}${end}\n`;
}

const head = `#!/bin/sh
# Gives this machine its address, its one default route and its resolver, for good. Written by k3s-lab; run as root.
# It may run again at any time, and then changes only what differs.
set -u
# Elsewhere in tests, where nothing is started either.
root=\${K3S_LAB_ROOT-}

# Whether one of some files is there.
has() {
	for file; do [ ! -e "$root$file" ] || return 0; done
	return 1
}

# Standard input becomes a file: path, mode.
put() {
	mkdir -p "$root\${1%/*}"
	cat >"$root$1.k3s-lab-new"
	chmod "$2" "$root$1.k3s-lab-new"
	if cmp -s "$root$1.k3s-lab-new" "$root$1"; then rm "$root$1.k3s-lab-new"; else mv -f "$root$1.k3s-lab-new" "$root$1"; fi
}

# Standard input becomes our block of somebody else's file: path, first or last.
block() {
	ours=$(printf '# k3s-lab begin\\n%s\\n# k3s-lab end' "$(cat)")
	rest=$(sed '/^# k3s-lab begin/,/^# k3s-lab end/d' "$root$1" 2>/dev/null)
	if [ "$2" = first ]; then printf '%s\\n%s\\n' "$ours" "$rest"; else printf '%s\\n%s\\n' "$rest" "$ours"; fi | put "$1" 644
}
`;

/** Its script has no configuration, and takes what the DHCP server says: it is told that the server said nothing. */
const udhcpcOfDebian = `script=/etc/udhcpc/default.script
if has "$script" && ! grep -q k3s-lab "$root$script"; then
	sed '/^RESOLV_CONF=/a RESOLV_CONF=/dev/null; unset router staticroutes dns # k3s-lab' "$root$script" | put "$script" 755
fi
`;

/** Which file networkd has for an interface, only networkd tells: it may be netplan's, or the image's. */
function networkdDropIns(mac: string): string {
  return `command -v networkctl >/dev/null && for card in "$root"/sys/class/net/*/device; do
	card=\${card%/device}
	[ -e "$card/address" ] && [ "$(cat "$card/address")" != ${mac.toLowerCase()} ] || continue
	file=$(LC_ALL=C networkctl --no-pager status "\${card##*/}" 2>/dev/null | sed -n 's/^ *Network File: \\(.*\\.network\\)$/\\1/p')
	[ -n "$file" ] || continue
	put "/etc/systemd/network/\${file##*/}.d/k3s-lab.conf" 644 <<'${end}'
${networkdDropIn}${end}
done
`;
}

const apply = `[ -z "$root" ] || exit 0

# NetworkManager keeps it with each connection whether a default route comes along.
if command -v nmcli >/dev/null && nmcli -t general status >/dev/null 2>&1; then
	nmcli general reload
	nmcli -t -f UUID,TYPE connection show | while IFS=: read -r uuid type; do
		[ "$type" = 802-3-ethernet ] || continue
		nmcli connection modify "$uuid" ipv4.never-default yes ipv4.ignore-auto-dns yes ipv6.never-default yes ipv6.ignore-auto-dns yes
	done
fi
failed=
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
	if systemctl -q is-active systemd-networkd; then networkctl reload; fi
	if systemctl -q is-active systemd-resolved; then systemctl restart systemd-resolved; fi
	systemctl -q enable ${service}
	systemctl restart ${service} || failed=yes
elif command -v rc-update >/dev/null; then
	rc-update -q add ${service} default
	rc-service -q ${service} restart || failed=yes
fi
# Says what could not be set, and fails then.
${keeper} apply || exit
[ -z "$failed" ] || {
	echo "${service} does not start: after a reboot this machine's network would be wrong" >&2
	exit 1
}
`;
