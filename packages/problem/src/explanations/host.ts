import type { ExplanationsOf } from "./explanation.js";

export const host: ExplanationsOf<"HST"> = {
  "LAB-HST-001": {
    cause:
      "Programs were to be installed, and apt-get failed: no mirror can be reached, a package is unknown, or another apt holds the lock.",
    remedy:
      "Run the command at the end of the message yourself, and fix what it reports. `host.install: never` keeps k3s-lab from installing anything.",
    example:
      "host: apt-get could not install lxc: apt-get: ended with exit code 100:\nE: Unable to locate package lxc. Run it by hand to see more: sudo apt-get update && sudo apt-get install --no-install-recommends -y lxc [LAB-HST-001]",
  },
  "LAB-HST-002": {
    cause:
      "The registry's name is put into the host's hosts file, which needs administrator rights, and the question for them was denied or could not be asked.",
    remedy: "Run the command with sudo; or write `host.hostsFile: false`, and use addresses in place of the name.",
    example:
      "/etc/hosts: needs an administrator's rights to put 10.76.0.2 multi into /etc/hosts, and they were not given. Run it with sudo; or write host.hostsFile: false in lab.yaml, and use addresses. [LAB-HST-002]",
  },
  "LAB-HST-003": {
    cause:
      "A module that the lab needs is neither built into the kernel nor installed beside it, often because the kernel was updated and the host not rebooted, or a cloud's kernel has no extra modules.",
    remedy:
      "Install the modules of the running kernel and load them, as the message shows; or reboot into the kernel that is installed.",
    example:
      "host: its kernel 6.1.0-18-cloud-amd64 lacks overlay, built in or as a module. Run: sudo apt-get install -y kmod linux-modules-extra-$(uname -r) or linux-image-$(uname -r), then: sudo modprobe -a overlay [LAB-HST-003]",
  },
  "LAB-HST-004": {
    cause:
      "Programs are missing, and k3s-lab does not install them: this is not root, the host has no apt, or `host.install` is `never`.",
    remedy: "Install them with the command in the message, or their equivalents with the host's own package manager.",
    example:
      "host: lacks skopeo (copies images). Run: sudo apt-get update && sudo apt-get install --no-install-recommends -y skopeo [LAB-HST-004]",
  },
  "LAB-HST-005": {
    cause: "The kernel refused a setting: /proc/sys is read-only, as in a container, or this is not root.",
    remedy: "Run as root, on a host whose /proc/sys can be written.",
    example:
      "host: sysctl net.ipv4.ip_forward could not be set to 1. Run as root, on a host whose /proc/sys can be written. [LAB-HST-005]",
  },
  "LAB-HST-006": {
    cause: "The kernel does not have the setting, because the module that brings it is not loaded.",
    remedy: "Load the module: `sudo modprobe br_netfilter` for `net.bridge`, `nf_conntrack` for `net.netfilter`.",
    example:
      "host: its kernel has no sysctl net.netfilter.nf_conntrack_max. Load the module that brings it. [LAB-HST-006]",
  },
  "LAB-HST-007": {
    cause: "Another command changes the same lab, or the same cache. A command that was killed leaves no lock behind.",
    remedy: "Wait for it to end, or interrupt it with Ctrl-C.",
    example:
      "/home/user/.lab: npm run lab:up is at work here (process 4711). Wait for it to end, or interrupt it with Ctrl-C. [LAB-HST-007]",
  },
  "LAB-HST-008": {
    cause:
      "k3s-lab, its cache or its machines are on a file system that is mounted noexec, nodev, nosuid or read-only.",
    remedy: "Remount it as the message shows, and change it in /etc/fstab, too; or move the cache with K3S_LAB_CACHE.",
    example:
      "/home: is mounted noexec, and /home/user/.cache/k3s-lab holds K3s. Run: sudo mount -o remount,exec /home, and change it in /etc/fstab, too. [LAB-HST-008]",
  },
  "LAB-HST-009": {
    cause: "HTTPS_PROXY, HTTP_PROXY or ALL_PROXY is not the URL of a proxy that k3s-lab can speak to.",
    remedy: "Set it to a URL such as `http://proxy.corp:3128` or `socks5h://127.0.0.1:1080`, or unset it.",
    example:
      "https://github.com: cannot be reached: HTTPS_PROXY is ftp://proxy.corp, expected the URL of a proxy by http, https, socks5 or socks5h. Set HTTPS_PROXY to a URL such as http://proxy.corp:3128, or unset it. [LAB-HST-009]",
  },
};
