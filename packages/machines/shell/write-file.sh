# shellcheck shell=sh
# Standard input becomes a file, all at once or not at all. $1: its path, $2: its mode. For the tools of busybox, too, whose
# mv cannot be told that its target is no folder.
set -e
[ ! -d "$1" ] || {
	echo "$1: is a folder" >&2
	exit 1
}
mkdir -p -- "$(dirname -- "$1")"
new=$(mktemp -- "$1.XXXXXX")
trap 'rm -f -- "$new"' EXIT
cat >"$new"
chmod -- "$2" "$new"
mv -f -- "$new" "$1"
