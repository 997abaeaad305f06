# shellcheck shell=sh
# Copies a file or a folder, as root's, all at once or not at all. $1: where it is, $2: where it is to be, where nothing is yet.
set -e
[ ! -e "$2" ] || exit 1
mkdir -p -- "$(dirname -- "$2")"
# One that was killed could not remove its own.
rm -rf -- "$2.part"
trap 'rm -rf -- "$2.part"' EXIT
cp -r --preserve=mode,timestamps,links --reflink=auto -- "$1" "$2.part"
mv -T -- "$2.part" "$2"
