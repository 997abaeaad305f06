# shellcheck shell=sh
# Prints what ip knows, as one JSON list for each command of the batch; busybox' ip prints none. $1: the batch.
printf %s "$1" | ip -4 -json -details -force -batch - 2>/dev/null
true
