# shellcheck shell=sh
# Ends K3s on a server whose store waits for members that are gone. $1: "reset" makes this one the only member; "forget" removes
# its store, so that it joins as a new one. $2: shell that stops K3s. $3: the k3s binary. $4: the folder of K3s' server. $5: what
# tells that the store was moved. $6: the agents' token, by which a server is known to have run. Cut short, it may be run again.
set -e
eval "$2"
if [ "$1" = forget ]; then
	rm -rf "$4/db/etcd" "$6"
else
	# Of a reset that was cut short; K3s refuses a second one.
	rm -f "$4/db/reset-flag"
	# By config.yaml alone: with K3S_URL, as the service has it, K3s refuses.
	"$3" server --cluster-reset
fi
rm -f "$5"
