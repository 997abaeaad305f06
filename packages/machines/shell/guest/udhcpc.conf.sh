# shellcheck shell=sh
# Alpine's script of udhcpc reads this, and knows the interface by then: no route and no resolver comes along.
# shellcheck disable=SC2034,SC2154
unset router staticroutes dns
RESOLV_CONF=no
NO_GATEWAY="$NO_GATEWAY $interface"
