# shellcheck shell=sh
# What comes becomes a file, all at once or not at all. $1: its path, $2: its mode, $3: the descriptor that it comes by,
# or else standard input. For the tools of busybox, too, whose mv cannot be told that its target is no folder.
set -e
[ ! -d "$1" ] || {
	echo "$1: is a folder" >&2
	exit 1
}
mkdir -p -- "$(dirname -- "$1")"
# One that was killed could not remove its own.
rm -f -- "$1".part.??????
new=$(mktemp -- "$1.part.XXXXXX")
trap 'rm -f -- "$new"' EXIT
cat <&"${3:-0}" >"$new"
chmod -- "$2" "$new"
mv -f -- "$new" "$1"
