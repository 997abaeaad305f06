# shellcheck shell=sh
# Prints what the lab has recorded as installed: "SHA256  PATH" on each line. $1: the record.
[ ! -e "$1" ] || cat "$1"
