# shellcheck shell=sh
# Prints what a node has of K3s. Changes nothing; what does not exist prints nothing.
# $1: shell that prints the state of K3s' service and sets pid to its process. $2: a variable of that process. $3: the
# binary. $4: the directory of image archives. $5: the record of what was installed. $6: the node's password. $7: the
# agents' token and $8: the kubeconfig, which only a server has. Further arguments: the links to the binary.
pid=
eval "$1"
# Of a service that does not run, no process: /proc//stat would be /proc/stat.
pid=${pid:-0}
tr '\0' '\n' 2>/dev/null <"/proc/$pid/environ" | sed -n "s/^$2=/started /p"
# The age is the difference of two processes' starts in clock ticks since boot, a hundred a second: a clock that is set
# meanwhile does not disturb it, and /proc/uptime, which a container may see changed, is not needed.
ticks() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }
started=$(ticks "$pid")
[ -z "$started" ] || awk -v now="$(ticks self)" -v then="$started" 'BEGIN { print "age", (now - then) / 100 }'
echo "now $(date +%s)"
stat -c 'size %s %n' "$3" "$4"/* 2>/dev/null
sed 's/^/installed /' "$5" 2>/dev/null
[ -s "$6" ] && echo password
[ -s "$7" ] && echo "token $(base64 -w0 "$7")"
[ -s "$8" ] && echo "kubeconfig $(base64 -w0 "$8")"
shift 8
for link; do [ ! -L "$link" ] || echo "link $(readlink "$link") $link"; done
true
