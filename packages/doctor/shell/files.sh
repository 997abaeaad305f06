# shellcheck shell=sh
# Prints each file that exists behind a line "file PATH". $@: patterns of paths, without spaces.
# shellcheck disable=SC2048 # The patterns are to be expanded.
for file in $*; do
	[ ! -f "$file" ] || { echo "file $file" && cat "$file"; }
done
