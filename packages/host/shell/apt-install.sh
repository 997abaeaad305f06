# shellcheck shell=sh
# Installs Debian packages without starting their services. $1: Debian's policy program, which it asks before it starts
# a service: 101 is "not allowed". One that the host has already is left alone. Further arguments: the packages.
policy=$1
shift
if [ ! -e "$policy" ]; then
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
	trap 'rm -f "$policy"' EXIT
	trap 'exit 130' INT TERM HUP
fi
get() {
	apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=600 -o Dpkg::Options::=--force-confold "$@"
}
# Package lists are fetched only where the present ones do not do.
get install "$@" && exit 0
get update && get install "$@"
