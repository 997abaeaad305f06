# shellcheck shell=sh
# Prints the state of the service that holds the servers' shared address. $1: shell that does so under systemd; $2: under OpenRC.
if [ -d /run/systemd/system ]; then eval "$1"; else eval "$2"; fi
