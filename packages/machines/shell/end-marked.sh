# shellcheck shell=sh
# Ends every process that has a variable in its environment. $1: the variable, as NAME=value.
grep -lsxzF -- "$1" /proc/[0-9]*/environ | while read -r file; do
	pid=${file#/proc/}
	kill -KILL "${pid%/environ}" 2>/dev/null
done
true
