# shellcheck shell=sh
# Ends K3s on a server whose store waits for members that are gone. $1: "reset" makes this one the only member; "forget" removes
# its store, so that it joins as a new one. $2: shell that stops K3s. $3: the k3s binary. $4: the folder of K3s' server.
set -e
eval "$2"
if [ "$1" = forget ]; then
	rm -rf "$4/db/etcd"
else
	# By config.yaml alone: with K3S_URL, as the service has it, K3s refuses.
	"$3" server --cluster-reset
fi
