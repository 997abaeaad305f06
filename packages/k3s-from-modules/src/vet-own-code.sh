#!/bin/sh
# What `go vet -vettool` runs: Go's own vet, but only for our packages. For those of others, which are 3,000, it notes that
# nothing is known of them: which of their functions print as Printf does would take it eight minutes to find out.
for last; do :; done
case $last in
*.cfg) facts=$(sed -n '/"VetxOnly": true/,$ s/.*"VetxOutput": "\(.*\)",*$/\1/p' "$last") ;;
*) facts= ;;
esac
if [ -n "$facts" ]; then
  : >"$facts"
  exit
fi
vet=$(go env GOTOOLDIR)/vet
# Go keeps results by this line: those of the whole vet are others.
[ "$last" = -V=full ] && exec printf '%s, own code\n' "$("$vet" -V=full)"
exec "$vet" "$@"
