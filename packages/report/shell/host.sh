# shellcheck shell=sh
# Its functions are called by the name that the first argument gives.
# shellcheck disable=SC2317
# Prints a part of what a report tells of the host. It changes nothing, and what it cannot find out it says.
# Arguments: versions | system | network | firewall | resolvers, and the lab's id.

versions() {
  show uname -srvm
  show cat /etc/os-release
  show npm --version
  for program in "ip -V" "nft --version" "lxc-start --version" "docker --version" "podman --version" "skopeo --version" \
    "vagrant --version" "VBoxManage --version" "virsh --version" "mmdebstrap --version" "systemctl --version" "go version" \
    "telepresence version"; do
    # shellcheck disable=SC2086 # Its words are a program and its arguments.
    show $program | head -n 4
  done
}

system() {
  show uptime
  show free -m
  show df -h / /var/lib/k3s-lab /tmp
  show df -i / /var/lib/k3s-lab
  show cat /proc/cgroups /proc/self/cgroup
  show cat /proc/pressure/cpu /proc/pressure/memory /proc/pressure/io
  show grep -E ' (cgroup2?|overlay|/var/lib/k3s-lab[^ ]*) ' /proc/self/mounts
  show systemd-detect-virt
  show lsmod
}

network() {
  show ip -d link
  show ip address
  show ip rule
  show ip route show table all
  show ip -6 rule
  show ip -6 route show table all
  show bridge link
  show ss -ltnu
  show sysctl net.ipv4.ip_forward net.ipv4.conf.all.rp_filter net.bridge.bridge-nf-call-iptables
}

# The lab's own tables in full; of all others only their names, and what they do with packets that no rule matches.
firewall() {
  show nft list tables
  printf '$ nft list chains\n'
  nft list chains 2>&1 | grep -E '^table|hook'
  echo
  nft list tables 2>/dev/null | while read -r _ family name; do
    case $name in *"$1"*) show nft list table "$family" "$name" ;; esac
  done
  show iptables -S FORWARD
}

resolvers() {
  show cat /etc/resolv.conf
  show ls -l /etc/resolv.conf
  show resolvectl status --no-pager
  show grep ^hosts: /etc/nsswitch.conf
  printf '$ the lines of labs in /etc/hosts\n'
  grep -A 5 k3s-lab /etc/hosts
}

part=$1
shift
"$part" "$@"
exit 0
