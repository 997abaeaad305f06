# shellcheck shell=sh
# $1: the folder of a snapshot. $2: the user and group that it belongs to. Compresses what was written while machines were frozen.
set -eu
cd "$1"
rm -f -- *.stamp *.changed *.said
for file in *.tar *.list *.store; do
	[ -e "$file" ] || continue
	if command -v zstd >/dev/null; then zstd -q -1 -T0 --rm -- "$file"; else gzip -1 -- "$file"; fi
done
chmod 0600 -- *
chown "$2" -- *
sync -f .
