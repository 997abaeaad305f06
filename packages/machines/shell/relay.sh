# shellcheck shell=sh
# The only process of a relay: sends what comes to its address on to another one, and the answers back. $1: its address, $2: the
# other.
set -e
nft -f - <<END
table ip relay {
	chain arriving {
		type nat hook prerouting priority dstnat
		ip daddr $1 dnat to $2
	}
	chain leaving {
		type nat hook postrouting priority srcnat
		ip daddr $2 masquerade
	}
}
END
exec sleep infinity
