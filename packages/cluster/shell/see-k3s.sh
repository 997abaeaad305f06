# shellcheck shell=sh
# Prints what a node has of K3s. Changes nothing; what does not exist prints nothing.
# $1: shell that prints the state of K3s' service and sets pid to its process. $2: a variable of that process. $3: the
# binary. $4: the directory of image archives. $5: the record of what was installed. $6: the node's password. $7: the
# agents' token, $8: the kubeconfig, $9: the folder of K3s' server and ${10}: what tells that its store was moved, which only a
# server has. The next: the directory of files that may be outdated. Further arguments: the links to the binary.
pid=
eval "$1"
# Of a service that does not run, no process: /proc//stat would be /proc/stat.
pid=${pid:-0}
tr '\0' '\n' 2>/dev/null <"/proc/$pid/environ" | sed -n "s/^$2=/started /p"
# The age is the difference of two processes' starts in clock ticks since boot, a hundred a second: a clock that is set
# meanwhile does not disturb it, and /proc/uptime, which a container may see changed, is not needed. By the shell alone: on
# each node, programs that it starts are most of what looking costs.
ticks() {
	ticks=
	{ read -r line <"/proc/$1/stat"; } 2>/dev/null || return 0
	# shellcheck disable=SC2086 # Words are wanted, behind the program's name in parentheses.
	set -- ${line##*) }
	ticks=${20}
}
ticks "$pid"
started=$ticks
if [ -n "$started" ]; then
	ticks self
	age=$((ticks - started))
	printf 'age %d.%02d\n' $((age / 100)) $((age % 100))
fi
echo "now $(date +%s)"
stat -c 'size %s %n' "$3" "$4"/* 2>/dev/null
[ ! -e "$5" ] || while read -r line || [ -n "$line" ]; do printf 'installed %s\n' "$line"; done <"$5"
[ -s "$6" ] && echo password
[ -s "$7" ] && echo "token $(base64 -w0 "$7")"
[ -s "$8" ] && echo "kubeconfig $(base64 -w0 "$8")"
[ -z "$9" ] || {
	[ -e "$9/tls" ] || [ -e "$9/db" ] && echo begun
	[ ! -e "$9/db/etcd" ] || echo etcd
	[ ! -e "${10}" ] || echo moved
	# Once a server has run, the agents' token holds it.
	[ ! -s "$7" ] && [ -s "$9/tls/server-ca.crt" ] && sha256sum "$9/tls/server-ca.crt" | sed 's/^\([0-9a-f]*\) .*/authority \1/'
}
shift 10
for file in "$1"/*; do [ ! -e "$file" ] || echo "contributed $file"; done
shift
for link; do [ ! -L "$link" ] || echo "link $(readlink "$link") $link"; done
true
