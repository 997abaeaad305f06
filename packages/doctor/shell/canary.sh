# shellcheck shell=sh
# The canary on a host. $1 is what to do; $2 the canary's link; $3 its table, of the family inet; $4 the seconds after
# which no attempt is under way any more, whatever was killed.
#
# hold: holds a canary as long as standard input is open. Prints "taken" when the host is its own and "ready" when the
#   canary counts; at a line of input it prints the counters, if there still are any, as JSON. How it ends depends on what
#   was killed:
#   - nothing: every attempt has ended, so the link can be removed.
#   - the program that started it: the input ends; it waits until no attempt can be under way any more, and removes all.
#   - this shell, too: the kernel ends it. The route is that of an address with a lifetime, the target an element with a
#     timeout: what is left is a link and a table that do nothing, until the next canary or `lab:down` removes them.
#   The canary answers every attempt, and each attempt ends by itself within a second: so no retransmit comes once the
#   route has gone, which a VIF would then get.
#   $5: the rules, for nft. $6: the target, an IPv4 address. $7: the link's own address. $8: the lifetime of that address,
#   in seconds. $9: tenths of a second to wait for another canary. ${10}: the exit code where that was in vain.
# is-left: exit code 0 where a killed canary has left something, and its time is up.
# remove-left: removes that; a canary that has come meanwhile is not touched.
# remove-killed: removes a canary whose holder was killed, once no attempt can be under way any more.
export LC_ALL=C
task=$1 link=$2 table=$3 settled=$4 rules=${5-} target=${6-} address=${7-} life=${8-} tries=${9-} busy=${10-}

is_at_work() { nft list set inet "$table" target 2>/dev/null | grep -q elements; }

# The link is removed first, and with it the address and the route: as long as there is a way into it, it refuses.
remove_all() {
	ip link delete "$link" 2>/dev/null
	nft delete table inet "$table" 2>/dev/null
}

# By its handle: another canary's may have taken its place meanwhile.
remove_left_table() {
	nft delete table inet handle "$(nft -a list table inet "$table" 2>/dev/null | sed -n '1s/.*# handle //p')" 2>/dev/null
}

# The link is a TUN device that no program has opened: nothing can come out of it. Where the kernel is told to pass over
# links without a carrier, it must not do so here.
put_link() {
	ip tuntap add mode tun name "$link" || return
	ip link set "$link" addrgenmode none 2>/dev/null
	echo 0 >"/proc/sys/net/ipv4/conf/$link/ignore_routes_with_linkdown" &&
		ip link set "$link" up &&
		ip -4 address add "$address" peer "$target/32" dev "$link" valid_lft "$life" preferred_lft "$life"
}

hold() {
	trap '' HUP INT TERM PIPE
	until answer=$(printf %s "$rules" | nft -f - 2>&1); do
		case $answer in *'File exists'*) ;; *)
			echo "$answer" >&2
			exit 1
			;;
		esac
		[ "$tries" -gt 0 ] || exit "$busy"
		tries=$((tries - 1))
		if is_at_work; then sleep 0.1; else remove_left_table; fi
	done
	trap remove_all EXIT
	echo taken
	ip link delete "$link" 2>/dev/null
	put_link || exit 1
	echo ready
	read -r _ || {
		sleep "$settled"
		exit 1
	}
	nft -j list table inet "$table" 2>/dev/null || echo {}
}

case $task in
hold) hold ;;
is-left)
	if nft list table inet "$table" >/dev/null 2>&1; then
		! is_at_work
	else
		ip link show "$link" >/dev/null 2>&1
	fi
	;;
remove-left)
	if nft list table inet "$table" >/dev/null 2>&1; then remove_left_table || exit 0; fi
	ip link delete "$link" 2>/dev/null
	true
	;;
remove-killed)
	sleep "$settled"
	remove_all
	true
	;;
esac
