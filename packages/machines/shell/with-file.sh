# shellcheck shell=sh
# Runs a command with a file open as descriptor 3. $1: the file; what follows: the command. It is not the standard input,
# because lxc-attach takes its streams for terminals of the machine's user and sets their mode to 0700: the file's. By a
# pipe it would be copied three times.
file=$1
shift
[ -r "$file" ] || {
	echo "$file: cannot be read" >&2
	exit 1
}
exec "$@" 3<"$file"
