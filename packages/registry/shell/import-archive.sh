# shellcheck shell=sh
# Imports an archive of images into a node's containerd, and prints how many of its bytes were read, a line each: "at 1048576".
# Arguments: the archive; the command that imports what comes by its standard input.
set -eu
archive=$1
shift
"$@" <"$archive" &
importing=$!
# A program that has ended has no open file any more, whether or not it was waited for.
while position=$(cat "/proc/$importing/fdinfo/0" 2>/dev/null); do
	# "pos:", bytes, and more lines.
	# shellcheck disable=SC2086
	set -- $position
	echo "at ${2:-0}"
	sleep 0.2 2>/dev/null || sleep 1
done
wait "$importing"
