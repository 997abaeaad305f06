# shellcheck shell=sh
# Feeds a file to the standard input of a command. $1: the file; what follows: the command. By a pipe, because lxc-attach
# takes its streams for terminals of the machine's user and sets their mode to 0700: the file's.
file=$1
shift
[ -r "$file" ] || {
	echo "$file: cannot be read" >&2
	exit 1
}
cat -- "$file" | "$@"
