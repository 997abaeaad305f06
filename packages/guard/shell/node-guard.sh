#!/bin/sh
# Written by k3s-lab; the next lab:up writes it again. Rejects on this node what kube-proxy did not translate.
#   load    puts the guard in place; where it stands already, nothing is replaced and the counters go on
#   watch   puts it back as soon as another program takes it away, such as a firewall that flushes all rules
#   remove  takes it away
# Plain sh, since a node may have little else. It runs from wherever it lies, with its rules and names beside it.
#
# The route: flannel routes each node's pods by a route that is narrower, or wins by its metric; what only this one
# fits has no node. It leads to lo, where the rules see and count it, and where the kernel discards it if they are
# gone. An unreachable route would do that uncounted, and systemd-networkd deletes those that it did not make.
set -eu
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
here=${0%/*}
# NFT_FAMILY, NFT_TABLE, ENTRY, SERVICES, PODS, POD_CIDR, METRIC, LOADED, PID
# shellcheck source=/dev/null
. "$here/node-guard.conf"
jump="-j $ENTRY"

main() {
	mkdir -p "${LOADED%/*}"
	[ "${1-}" != watch ] || echo $$ >"$PID"
	if nft list tables >/dev/null 2>&1; then
		tool=nftables
	elif iptables -w -S >/dev/null 2>&1; then
		tool=iptables
	else
		echo 'node guard: this node has neither nft nor iptables' >&2
		exit 1
	fi
	case ${1-} in
	load) load ;;
	watch) watch ;;
	remove) remove ;;
	*)
		echo "usage: $0 load|watch|remove" >&2
		exit 2
		;;
	esac
}

load() {
	ip -4 route show exact "$POD_CIDR" dev lo | grep -q . ||
		ip -4 route replace "$POD_CIDR" dev lo metric "$METRIC"
	# What is loaded is compared with what the last load left: each version of a tool lists rules in its own way.
	if [ "$(current)" != "$(cat "$LOADED" 2>/dev/null)" ]; then
		"load_$tool"
		current >"$LOADED.new"
		mv "$LOADED.new" "$LOADED"
	fi
	[ $tool = nftables ] || first_everywhere
}

current() {
	if [ $tool = nftables ]; then
		cat "$here/node-guard.nft"
		nft -s list table "$NFT_FAMILY" "$NFT_TABLE" 2>/dev/null || true
	else
		cat "$here/node-guard.filter" "$here/node-guard.security"
		for table in filter security; do
			iptables -w -t $table -S 2>/dev/null | grep -e "^-A $ENTRY" || true
		done
	fi
}

# One transaction: no packet passes between the old and the new. Adding first lets the deletion succeed always.
load_nftables() {
	{
		echo "add table $NFT_FAMILY $NFT_TABLE"
		echo "delete table $NFT_FAMILY $NFT_TABLE"
		cat "$here/node-guard.nft"
	} | nft -f -
}

load_iptables() {
	iptables-restore -w --noflush <"$here/node-guard.filter"
	iptables-restore -w --noflush <"$here/node-guard.security" 2>/dev/null ||
		echo 'node guard: no security table; an accepting rule before the guard wins until the guard is first again' >&2
}

first_everywhere() {
	for chain in FORWARD OUTPUT; do
		first filter $chain
		! iptables -w -t security -S "$ENTRY" >/dev/null 2>&1 || first security $chain
	done
}

first() {
	rules=$(iptables -w -t "$1" -S "$2" | grep -e "^-A " || true)
	case "$rules
" in "-A $2 $jump
"*) return ;; esac
	{
		echo "*$1"
		echo "$rules" | sed -n "s/^-A \\($2 $jump\\)\$/-D \\1/p"
		echo "-I $2 $jump"
		echo COMMIT
	} | iptables-restore -w --noflush
}

watch() {
	# A shell hears a signal while it waits, not while a pipeline runs in its foreground.
	trap 'trap - TERM INT; kill 0' TERM INT
	events | while read -r event; do
		case $event in
		tick | *"$NFT_TABLE"* | "Deleted $POD_CIDR dev lo"* | *FORWARD* | *OUTPUT* | *"$ENTRY"*)
			"$0" load || true
			;;
		ended) exit ;;
		esac
	done &
	wait $! || true
	# Without its monitor it would be half blind: the service manager starts it again.
	trap - TERM INT
	kill 0
}

# Each change to what the guard rests on is a line. A tick now and then for what was missed; where the rules of
# iptables are not kept by nf_tables, nothing tells of their changes, and there are only ticks.
events() {
	ip -4 monitor route 2>/dev/null &
	pause=30
	if [ $tool = nftables ]; then
		{
			nft monitor destroy tables
			echo ended
		} &
	elif iptables -V | grep -q nf_tables && command -v xtables-monitor stdbuf >/dev/null; then
		{
			stdbuf -oL xtables-monitor --event
			echo ended
		} &
	else
		pause=2
	fi
	sleep 1
	while echo tick; do sleep $pause; done
}

remove() {
	ip -4 route del "$POD_CIDR" dev lo metric "$METRIC" 2>/dev/null || true
	nft delete table "$NFT_FAMILY" "$NFT_TABLE" 2>/dev/null || true
	for table in filter security; do
		iptables -w -t $table -S "$ENTRY" >/dev/null 2>&1 || continue
		for chain in FORWARD OUTPUT; do
			while iptables -w -t $table -D $chain -j "$ENTRY" 2>/dev/null; do :; done
		done
		for verb in -F -X; do
			for chain in "$ENTRY" "$SERVICES" "$PODS"; do iptables -w -t $table $verb "$chain"; done
		done
	done
	rm -f "$LOADED" "$PID"
}

main "$@"
