#!/bin/sh
# An OCI runtime for tests alone: runc, on a host that is itself a container without CAP_SYS_RESOURCE. Docker asks for all
# capabilities for a privileged container, and for a lower chance of being killed for want of memory; runc refuses what it
# cannot give. Both are taken out of what it reads: config.json of `create`, the file of `exec --process`.
set -eu
bundle='' process=''
previous=''
for argument; do
	case $previous in
	--bundle | -b) bundle=$argument ;;
	--process | -p) process=$argument ;;
	esac
	case $argument in
	--bundle=*) bundle=${argument#*=} ;;
	--process=*) process=${argument#*=} ;;
	esac
	previous=$argument
done
for file in "${bundle:+$bundle/config.json}" "$process"; do
	[ ! -f "$file" ] || sed -i -e 's/"CAP_SYS_RESOURCE",//g; s/,"CAP_SYS_RESOURCE"//g' -e 's/"oomScoreAdj":-[0-9]*/"oomScoreAdj":0/g' "$file"
done
exec runc "$@"
