# shellcheck shell=sh
# Prints the time, in seconds since 1970.
date +%s.%N
