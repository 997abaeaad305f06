# shellcheck shell=sh
# Runs a command as root where a process of the host is: in its namespaces, its root and its folder. Started in a privileged
# container that shares the host's processes. $1: the process; $2: when it started, in the kernel's ticks, by which it is known
# to be that process and not another machine's of the same number; $3: whether to stay, because the command needs the
# container's own programs, by the process $K3S_LAB_IMAGE_PROCESS; what follows: the command.
pid=$1
start=$2
stay=$3
shift 3
stat=$(cat "/proc/$pid/stat") 2>/dev/null
# The name of a program, in parentheses, may hold anything.
seen=$(echo "${stat##*) }" | cut -d ' ' -f 20)
[ "$seen" = "$start" ] || {
	echo "process $pid is not to be seen from Docker's containers" >&2
	exit 125
}
set -- nsenter --target "$pid" --mount --net --uts --ipc --cgroup --root --wd -- "$@"
[ "$stay" = yes ] || exec "$@"
# The host's own number of this process: it shares the host's processes.
export K3S_LAB_IMAGE_PROCESS=$$
child=
trap '[ -z "$child" ] || kill -TERM "$child"' TERM INT
"$@" <&0 &
child=$!
# A signal ends a wait, and not what it waits for.
until wait "$child"; code=$?; ! kill -0 "$child" 2>/dev/null; do :; done
exit "$code"
