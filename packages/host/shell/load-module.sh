# shellcheck shell=sh
# Loads a kernel module, $1, and at once turns off what it turns on for this whole network namespace: the other arguments,
# as files of /proc/sys.
set -e
modprobe -- "$1"
shift
for file; do
	[ ! -e "$file" ] || echo 0 >"$file"
done
