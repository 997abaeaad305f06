# shellcheck shell=sh
# $1: see or stop. $2: shell that prints the state of K3s' service, $3: shell that stops it. $4: the folder of K3s' data. $5: the
# seconds that pods have to end. `see` prints what runs of K3s: the state of its service, and `pod PID` for each process that a
# shim has started. `stop` ends the service first, which would start its pods again, and then the pods as Kubernetes does: each
# is asked to end, and killed when its time is up.
pods() {
	# One program for all processes: a node has hundreds.
	# shellcheck disable=SC2012
	ls -l /proc/[0-9]*/exe 2>/dev/null |
		sed -n "s|.* /proc/\([0-9]*\)/exe -> $1/[^/]*/bin/containerd-shim.*|\1|p" |
		while read -r shim; do cat "/proc/$shim/task/"*/children 2>/dev/null; done |
		tr ' ' '\n' | grep .
}
running() { for pod; do [ ! -d "/proc/$pod" ] || echo "$pod"; done; }

if [ "$1" = see ]; then
	eval "$2"
	pods "$4" | sed 's/^/pod /'
	exit 0
fi
eval "$3" || exit
left=$(pods "$4")
tries=$(($5 * 10))
# shellcheck disable=SC2086 # Words are wanted: process ids.
{
	[ -z "$left" ] || kill -TERM $left 2>/dev/null
	while left=$(running $left) && [ -n "$left" ] && [ $tries -gt 0 ]; do
		sleep 0.1
		tries=$((tries - 1))
	done
	[ -z "$left" ] || kill -KILL $left 2>/dev/null
}
exit 0
