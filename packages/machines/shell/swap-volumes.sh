# shellcheck shell=sh
# $1: the folder of a machine's volumes. $2: what was extracted. Puts that in the place of the volumes' content. Cut short at any
# moment, it goes on where it was.
set -eu
for from in "$2"/*/; do
	[ -d "$from" ] || continue
	name=$(basename "$from")
	if [ ! -e "$2/$name.emptied" ]; then
		find "$1/$name" -mindepth 1 -maxdepth 1 ! -path "$2" -exec rm -rf -- {} +
		: >"$2/$name.emptied"
	fi
	# From one volume to another it is a copy: one that was cut short is made again.
	find "$from" -mindepth 1 -maxdepth 1 -printf '%f\n' | while read -r entry; do
		rm -rf -- "$1/$name/${entry:?}"
		mv -- "$from$entry" "$1/$name/"
	done
	rmdir "$from"
done
rm -rf -- "$2"
sync
