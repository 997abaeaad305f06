# shellcheck shell=sh
# Prints the certificates of K3s: for each a line "written SECONDS NAME", then a line "certificate NAME" and that file.
# $1: the folder of K3s' data.
cd "$1" || exit
set --
for file in server/tls/*.crt server/tls/etcd/*.crt agent/*.crt; do
	[ ! -f "$file" ] || set -- "$@" "$file"
done
[ $# -eq 0 ] || {
	stat -c 'written %Y %n' "$@"
	awk 'FNR == 1 { print "certificate " FILENAME } { print }' "$@"
}
