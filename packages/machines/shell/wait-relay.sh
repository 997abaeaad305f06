# shellcheck shell=sh
# Waits until a relay has its rules.
until nft list table ip relay >/dev/null 2>&1; do
	sleep 0.1
done
