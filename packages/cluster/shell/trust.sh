# shellcheck shell=sh
# Makes a node trust the certificates on standard input, and no others of k3s-lab's. $1: the file of record, written last.
set -e
folder=/usr/local/share/ca-certificates
store=/etc/ssl/certs/ca-certificates.crt
usual=${1%/*}/ca-certificates.crt
umask 022
mkdir -p "$folder" "${1%/*}" "${store%/*}"
# One that was killed has left it; the next may take another way.
rm -f "$store.part"
cat >"$1.part"
if command -v update-ca-certificates >/dev/null; then
	# Certificates are known by their files' names: those before are taken out first.
	former=
	if [ -e "$folder/k3s-lab-1.crt" ]; then
		former=some
		rm -f "$folder"/k3s-lab-*.crt
		update-ca-certificates >/dev/null 2>&1
		# Debian leaves links that lead nowhere.
		rm -f /etc/ssl/certs/k3s-lab-*.pem
	fi
	awk -v folder="$folder" '/BEGIN CERTIFICATE/ { n++ } { print >(folder "/k3s-lab-" n ".crt") }' "$1.part"
	if [ ! -s "$1.part" ]; then
		:
	elif [ -z "$former" ] && [ -e "$store" ] && command -v openssl >/dev/null; then
		# On a new node, just what the program does for these: it takes seconds to look at all the others again.
		cat "$store" "$folder"/k3s-lab-*.crt >"$store.part"
		for file in "$folder"/k3s-lab-*.crt; do
			link=$(basename "$file" .crt).pem
			ln -sf "$file" "/etc/ssl/certs/$link"
			hash=$(openssl x509 -hash -noout -in "$file")
			n=0
			while [ -e "/etc/ssl/certs/$hash.$n" ]; do n=$((n + 1)); done
			ln -s "$link" "/etc/ssl/certs/$hash.$n"
		done
		mv -f "$store.part" "$store"
	else
		update-ca-certificates >/dev/null 2>&1
	fi
else
	# An Alpine that has the list alone, and nothing that makes it.
	[ -e "$usual" ] || [ ! -e "$store" ] || cp "$store" "$usual"
	cat "$usual" "$1.part" 2>/dev/null >"$store.part" || true
	mv -f "$store.part" "$store"
fi
mv -f "$1.part" "$1"
[ -s "$1" ] || rm -f "$1"
