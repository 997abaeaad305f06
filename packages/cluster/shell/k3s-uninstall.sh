# shellcheck shell=sh
# The rest of the script that removes K3s from a node; killall, service and files are set before it.
[ "$(id -u)" -eq 0 ] || exec sudo "$0" "$@"
data=${K3S_DATA_DIR:-/var/lib/rancher/k3s}
"${killall:?}"
if command -v systemctl >/dev/null; then systemctl disable "${service:?}"; fi
if command -v rc-update >/dev/null; then rc-update delete "${service:?}" default; fi
# shellcheck disable=SC2086 # A list of paths without spaces.
rm -f ${files:?}
if command -v systemctl >/dev/null; then systemctl daemon-reload; fi
# A mount point cannot be removed, only emptied.
rm -rf /etc/rancher/k3s /run/k3s /run/flannel "$data" /var/lib/kubelet 2>/dev/null
rm -f "$0"
