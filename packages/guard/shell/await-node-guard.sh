# shellcheck shell=sh
# Waits, for two seconds at most, until the guard's watch runs: a service manager reports that a program was started,
# not that it has come to its first line. $1: the file with the process id of the watch.
tries=0
until { read -r pid <"$1" && grep -qa node-guard "/proc/$pid/cmdline"; } 2>/dev/null; do
	tries=$((tries + 1))
	[ "$tries" -lt 100 ] || {
		echo 'node guard: nothing watches over it' >&2
		exit 1
	}
	sleep 0.02
done
