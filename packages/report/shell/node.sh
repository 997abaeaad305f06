# shellcheck shell=sh
# Its functions are called by the name that the first argument gives.
# shellcheck disable=SC2317
# Prints a part of what a report tells of a node, on the node. It changes nothing, and what it cannot find out it says.
# Arguments: k3s | containerd | network | system | settings, and how many lines of a log.

k3s() {
  if [ -d /run/systemd/system ]; then
    journalctl -u k3s -u k3s-agent -n "$1" -o short-iso --no-pager
  else
    tail -n "$1" /var/log/k3s*.log
  fi
}

containerd() {
  tail -n "$1" /var/lib/rancher/k3s/agent/containerd/containerd.log
}

network() {
  show ip address
  show ip rule
  show ip route show table all
  show ip neighbour
  show cat /etc/resolv.conf
  show cat /etc/hosts
  show nft list tables
  nft list tables 2>/dev/null | while read -r _ family name; do
    case $name in *k3s*lab* | *guard*) show nft list table "$family" "$name" ;; esac
  done
  show ss -ltnu
}

# Without arguments of processes, which may be confidential.
system() {
  show uptime
  show free -m
  show df -h
  show df -i
  show ps -eo pid,ppid,stat,rss,etime,comm
  show systemctl --failed --no-pager
  show crictl ps -a
  show crictl images
  printf '$ dmesg\n'
  dmesg 2>&1 | tail -n 100
}

settings() {
  show cat /etc/rancher/k3s/config.yaml
  show ls -lR /etc/rancher /etc/k3s-lab
  show systemctl cat k3s k3s-agent --no-pager
}

part=$1
shift
"$part" "$@" 2>&1
exit 0
