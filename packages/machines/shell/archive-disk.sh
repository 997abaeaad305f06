# shellcheck shell=bash
# $1: where a machine's disk is. $2: the folder of the snapshot. $3: the machine. $4: 0, 1, ... for each call. $5: running or
# frozen. Then the parts of the disk, "--", and the paths in it that are left out.
# The first call archives everything, and each further one what has changed since the one before. The last one, of a machine that
# stands still, also lists all that there is: what was archived and is not in the list was deleted meanwhile.
set -euo pipefail
export LC_ALL=C
cd "$1"
folder=$2 name=$3 level=$4 state=$5
shift 5
parts=()
while [ "$1" != -- ]; do
	parts+=("$1")
	shift
done
shift
# Sockets belong to processes, which end with the machine.
look=(-xdev \( -false)
for path; do look+=(-o -path "$path"); done
look+=(\) -prune -o ! -type s)
changed=()
[ "$level" = 0 ] || changed=(-cnewer "$folder/$name.stamp")
if [ "$state" = running ]; then
	# What is written by way of memory changes a file's time only with the first write after the last of these.
	sync -f .
	# Earlier than now: the kernel's times of files lag behind its clock.
	touch -d '1 second ago' "$folder/$name.next"
else
	{
		for part in "${parts[@]}"; do [ "${part%/*}" = "$part" ] || printf 'd %s\0' "${part%/*}"; done
		find "${parts[@]}" "${look[@]}" -printf '%y %p\0'
	} | sort -zu >"$folder/$name.list"
fi
{ find "${parts[@]}" "${look[@]}" "${changed[@]}" -print0 || [ "$state" = running ]; } >"$folder/$name.changed" 2>"$folder/$name.said"
archive() {
	tar --create --null --no-recursion --numeric-owner --xattrs --xattrs-include='*' --acls --sparse \
		--files-from "$folder/$name.changed" 2>"$folder/$name.said" && return
	[ "$state" = running ] && ! grep -vE ': (Warning: )?(Cannot (stat|open|savedir): No such file|file changed as we read it|File removed before we read it|File shrank by|Cannot flistxattr)|Exiting with failure status' "$folder/$name.said" >&2
}
if [ "$state" = frozen ]; then
	archive >"$folder/$name.$level.tar" || {
		cat "$folder/$name.said" >&2
		exit 1
	}
elif command -v zstd >/dev/null; then
	archive | zstd -q -1 -T0 >"$folder/$name.$level.tar.zst"
	mv "$folder/$name.next" "$folder/$name.stamp"
else
	archive | gzip -1 >"$folder/$name.$level.tar.gz"
	mv "$folder/$name.next" "$folder/$name.stamp"
fi
