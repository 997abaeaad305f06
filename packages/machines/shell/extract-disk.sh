# shellcheck shell=bash
# $1: an empty folder. $2: the folder of a snapshot. $3: the machine. $4: where its store is on the disk. Makes the disk as it
# was when the machine was frozen.
set -euo pipefail
export LC_ALL=C
folder=$2 name=$3
plain() {
	case $1 in
	*.zst) zstd -q -d -c -- "$1" ;;
	*.gz) gzip -d -c -- "$1" ;;
	esac
}
cd "$1"
list=$(mktemp)
trap 'rm -f "$list"' EXIT
plain "$folder/$name.list".* >"$list"
for archive in "$folder/$name".[0-9].tar.*; do
	plain "$archive" | tar --extract --numeric-owner --same-owner --same-permissions --xattrs --xattrs-include='*' --acls
	# What was deleted meanwhile, or has become something else.
	find . -mindepth 1 -printf '%y %P\0' | sort -z | comm -z -23 - "$list" | cut -z -c3- | xargs -0 -r rm -rf --
done
missing=$(find . -mindepth 1 -printf '%y %P\0' | sort -z | comm -z -13 - "$list" | tr '\0' '\n' | head -n 3)
if [ -n "$missing" ]; then
	echo "the archive lacks $missing" >&2
	exit 1
fi
for store in "$folder/$name.store".*; do
	[ -e "$store" ] || continue
	plain "$store" >"$4"
	chmod 0600 "$4"
done
sync -f .
