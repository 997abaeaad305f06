# shellcheck shell=sh
# Makes the authority of a server that has never run: K3s takes the one that it finds. $1: the folder of K3s' server.
# The key is made here and stays here. The folder appears at once and complete, and never beside a datastore, which knows
# an authority already.
set -e
umask 077
[ ! -e "$1/tls" ] && [ ! -e "$1/db" ] || exit 0
mkdir -p "$1"
rm -rf "$1/tls.part"
mkdir "$1/tls.part"
cd "$1/tls.part"
openssl ecparam -name prime256v1 -genkey -noout -out server-ca.key
openssl req -x509 -new -sha256 -key server-ca.key -out server-ca.crt -days 3650 -subj /CN=k3s-server-ca \
	-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,digitalSignature,keyCertSign
chmod 644 server-ca.crt
mv "$1/tls.part" "$1/tls"
