# shellcheck shell=sh
# Runs a command as root where a process of the host is: in its namespaces, its root and its folder. Started in a privileged
# container that shares the host's processes. $1: the process; $2: when it started, in the kernel's ticks, by which it is known
# to be that process and not another machine's of the same number; what follows: the command.
pid=$1
start=$2
shift 2
stat=$(cat "/proc/$pid/stat") 2>/dev/null
# The name of a program, in parentheses, may hold anything.
seen=$(echo "${stat##*) }" | cut -d ' ' -f 20)
[ "$seen" = "$start" ] || {
	echo "process $pid is not to be seen from Docker's containers" >&2
	exit 125
}
exec nsenter --target "$pid" --mount --net --uts --ipc --cgroup --root --wd -- "$@"
