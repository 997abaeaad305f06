import type { ExplanationsOf } from "./explanation.js";

export const machines: ExplanationsOf<"MCH"> = {
  "LAB-MCH-001": {
    cause: "A node was added to lab.yaml, and a stage was run alone that comes after the one which gives addresses.",
    remedy: "Run `npm run lab:up`, which runs every stage.",
    example: "agent3: has no address in the lab's network. Run `npm run lab:up`, which runs every stage. [LAB-MCH-001]",
  },
  "LAB-MCH-002": {
    cause:
      "A machine was ended, but the kernel keeps some of its processes, because they wait for a disk or a network file system.",
    remedy: "Run the command again; such a process ends when the disk answers.",
    example:
      "agent1: has processes that did not end in 10 s: 4711, 4712. Run the command again; a process that waits for a disk ends when the disk answers. [LAB-MCH-002]",
  },
  "LAB-MCH-003": {
    cause:
      "LXC could not start a container. The message holds the first error of its log, from which all others follow.",
    remedy: "Read the log that the message names, and run `npm run lab:up` again, which finishes what is half made.",
    example:
      'agent1: did not start: Failed to mount "proc" onto "/proc". See /var/lib/k3s-lab/1a2b3c/agent1/lxc.log; `npm run lab:up` tries again. [LAB-MCH-003]',
  },
  "LAB-MCH-004": {
    cause:
      "VirtualBox does not offer the interface that the LAN is on: it was plugged in after VirtualBox had started, or its network driver is missing.",
    remedy:
      "Name one of those that the message lists with `network.interface`, or install VirtualBox again with its network driver.",
    example:
      "VirtualBox: cannot bridge to en0 (192.168.1.20); it can to: en5. Name another with network.interface in lab.yaml, or install VirtualBox again with its network driver. [LAB-MCH-004]",
  },
  "LAB-MCH-005": {
    cause: "A text of lab.yaml that goes into the Vagrantfile holds a line break or another control character.",
    remedy: "Write the text without it.",
    example:
      'Vagrantfile: cannot hold "generic/alpine\\n319": it has a control character. Write it without. [LAB-MCH-005]',
  },
  "LAB-MCH-006": {
    cause: "`vagrant up` failed. The message holds the last lines that it printed.",
    remedy: "Fix what they name, then run `npm run lab:up` again; by hand: `vagrant up` in `.lab/vagrant`.",
    example:
      "vagrant: ended with exit code 1:\nThe box 'generic/alpine319' could not be found. `npm run lab:up` tries again; by hand: vagrant up, in /home/user/.lab/vagrant. [LAB-MCH-006]",
  },
  "LAB-MCH-007": {
    cause:
      "VirtualBox has plugged a machine into an interface other than the LAN's. It does so silently if it does not find the one that it was given.",
    remedy: "Name the host's interface with `network.interface`, then run `npm run lab:up` again.",
    example:
      "agent1: is not bridged to en0 with 02:1a:2b:3c:00:02; VirtualBox has en5, 02:1a:2b:3c:00:02. Name the host's interface with network.interface in lab.yaml, then run `npm run lab:up` again. [LAB-MCH-007]",
  },
  "LAB-MCH-008": {
    cause: "A machine was stopped or removed, by hand or by a reboot of the host, and a command was to be run in it.",
    remedy: "Run `npm run lab:up`, which starts or makes it again.",
    example: "agent1: is stopped, expected to be running. Run `npm run lab:up`. [LAB-MCH-008]",
  },
  "LAB-MCH-009": {
    cause:
      "lab.yaml names another driver, box, provider or private network than the machines were made with, or other networks or another server than the cluster. New machines would have to replace them, and all that is in them would be lost.",
    remedy: "Run `npm run lab:down`, then `npm run lab:up`; or write in lab.yaml what it was.",
    example:
      "/home/user/lab.yaml: machines.provider: is docker, and the machines were made with lxc. Run `npm run lab:down`, then `npm run lab:up`; or write what it was. [LAB-MCH-009]",
  },
  "LAB-MCH-010": {
    cause: "Linux containers, and a bridge with a firewall on the host, can be made and seen by root alone.",
    remedy:
      'Run it with `sudo env "PATH=$PATH"`; or let Docker answer this user, and the lab is made of containers of Docker: docs/docker.md.',
    example:
      'host: containers, and a LAN of the lab\'s own, need root, and this is another user. Run: sudo env "PATH=$PATH" npm run lab:up (or let Docker answer this user, which needs no root: docs/docker.md) [LAB-MCH-010]',
  },
  "LAB-MCH-011": {
    cause:
      "mmdebstrap builds the machines' Debian from a mirror. The mirror could not be reached, or mmdebstrap failed for another reason, which the message quotes.",
    remedy:
      "Check that the mirror can be reached, also through the proxies of apt's configuration and of the environment, then run the command again.",
    example:
      "root file system: could not be built: mmdebstrap: ended with exit code 25:\nE: apt-get update failed. Check that deb.debian.org can be reached, then run the command again. It is reached through the proxies of apt's configuration and of the environment. [LAB-MCH-011]",
  },
  "LAB-MCH-012": {
    cause:
      "Machines share one root file system below a layer of their own, and the file system of /var/lib/k3s-lab cannot carry such layers, which is so for NFS and some others.",
    remedy: "Mount a file system that can, such as ext4, xfs or btrfs, at /var/lib/k3s-lab.",
    example:
      "/var/lib/k3s-lab: is on a file system that cannot carry an overlay (mount: wrong fs type). Mount a file system that can, such as ext4, xfs or btrfs, at /var/lib/k3s-lab. [LAB-MCH-012]",
  },
  "LAB-MCH-013": {
    cause:
      "Another device of the LAN answers for an address that a machine is to have: a router has lent it by DHCP, or it was set by hand.",
    remedy:
      "Give the node another address with `nodes.address`, or free this one. Keep `network.addresses` out of the router's DHCP pool.",
    example:
      "agent1: 192.168.1.112 is taken by 3c:22:fb:01:02:03: another host on the LAN has the address. Give agent1 another one with nodes.address in lab.yaml, or free this one; a router that lends it by DHCP must not. [LAB-MCH-013]",
  },
  "LAB-MCH-014": {
    cause: "The machines are to be virtual machines of VirtualBox, and it is not installed.",
    remedy: "Install VirtualBox, or use `machines.vagrant.provider: libvirt` on Linux, or another `machines.provider`.",
    example:
      "host: lacks VBoxManage (runs the machines). Install VirtualBox, see https://www.virtualbox.org/wiki/Downloads. [LAB-MCH-014]",
  },
  "LAB-MCH-015": {
    cause: "libvirt's daemon does not run, or this user is not in its group.",
    remedy: "Start it and become a member of its group, as the message shows.",
    example:
      "host: libvirt does not answer at qemu:///system. Run: sudo sh -c 'systemctl restart libvirtd'; and be in its group: sudo usermod -aG libvirt \"$USER\", then log in again. [LAB-MCH-015]",
  },
  "LAB-MCH-016": {
    cause:
      "A machine is plugged into the host's own LAN, and its frames or the router's answers get lost: a hypervisor, a switch or Wi-Fi lets only the host's own MAC address through, or a firewall drops bridged frames.",
    remedy: "Look for what the message lists, or use `network.mode: private`, which needs none of this.",
    example:
      "agent1: gets no ARP answer from the router 192.168.1.1 by macvlan on eth0: its frames, or the answers, do not get through. Look for: the switch's port security allows one MAC address; the interface is Wi-Fi, or leads to one. network.mode: private needs none of this. [LAB-MCH-016]",
  },
  "LAB-MCH-017": {
    cause:
      "Virtual machines are asked for, and the host's KVM is missing or does not work, as in a virtual machine without nesting.",
    remedy:
      "Load kvm_intel or kvm_amd, switch virtualization on in the firmware, or allow emulation: `machines.vagrant.emulate: true`, which is 13 to 36 times slower.",
    example:
      "host: KVM does not work: /dev/kvm does not exist. Load kvm_intel or kvm_amd, or allow emulation, which is 13 to 36 times slower: machines.vagrant.emulate: true in /home/user/lab.yaml. [LAB-MCH-017]",
  },
  "LAB-MCH-018": {
    cause:
      "A cgroup controller, often memory on a Raspberry Pi, is switched off on the kernel's command line, or was not handed to the container that the host is.",
    remedy: "Switch it on as the message describes, and reboot.",
    example:
      "host: its cgroups lack the controller memory, without which K3s does not start. Switch it on for the kernel and reboot: on Raspberry Pi OS add cgroup_memory=1 cgroup_enable=memory to the line of /boot/firmware/cmdline.txt. [LAB-MCH-018]",
  },
  "LAB-MCH-019": {
    cause:
      "The machines' disk has too little room or too few inodes. K3s evicts pods from a disk that is almost full, so the lab would not work.",
    remedy:
      "Remove images of old builds, labs that are no longer needed or ~/.cache/k3s-lab; or mount a larger disk at /var/lib/k3s-lab.",
    example:
      "/var/lib/k3s-lab: has 3.1 GiB free (6 %), expected 5.5 GiB: the machines take 3.0 GiB, and below 5 % (2.5 GiB) K3s evicts pods. Make room: remove images of old builds, labs that are no longer needed, ~/.cache/k3s-lab; or mount a larger disk at /var/lib/k3s-lab. [LAB-MCH-019]",
  },
  "LAB-MCH-020": {
    cause:
      "A folder of this host that `machines.mounts` names is missing, or is a file. A relative path begins at lab.yaml's folder.",
    remedy: "Make the folder, or name another one.",
    example:
      "/home/user/src: does not exist, expected the folder that machines.mounts.0.from names. Make the folder, or name another one in lab.yaml. [LAB-MCH-020]",
  },
  "LAB-MCH-021": {
    cause: "`memory` or `cpus` of a node is more than this host has, so that it would limit nothing.",
    remedy: "Give the node less, or leave the key out: then it may use all of the host.",
    example:
      "agent1: is given 65536 MB of memory, expected at most the 24105 MB of this host. Give it less in lab.yaml, or leave the key out. [LAB-MCH-021]",
  },
  "LAB-MCH-022": {
    cause:
      "`memory` of a node was made smaller than what runs on it uses, and the kernel cannot take any of that back; or, with cgroups of version 1, `cpus` smaller than a pod's own limit.",
    remedy: "Give the node more, or drain it, and run `npm run lab:up` again.",
    example:
      "agent1: uses more than 512 MB of memory. Give it more with memory in lab.yaml, or take pods from it before. [LAB-MCH-022]",
  },
  "LAB-MCH-025": {
    cause:
      "`role` of a node was changed in lab.yaml. A node keeps its role: an agent's disk holds nothing that a server needs.",
    remedy:
      "Give the new server a name of its own. To keep the name, take the node out of lab.yaml, run `npm run lab:up`, put it in again and run `npm run lab:up` once more.",
    example:
      "agent1: was made as an agent, and /home/user/lab.yaml has it as a server. Give the server a name of its own; or take agent1 out, run `npm run lab:up`, and put it in again. [LAB-MCH-025]",
  },
  "LAB-MCH-026": {
    cause:
      "lab.yaml has one server, and the lab has several. Their store is etcd, which K3s cannot turn into the store of a single server.",
    remedy:
      "Write three servers again; five may become three. Or save what you need, such as by `kubectl get --output=yaml`, and rebuild the lab: `npm run lab:down`, then `npm run lab:up`.",
    example:
      "/home/user/lab.yaml: nodes: has one server, and the lab was made with 3. K3s cannot go back from etcd to the store of a single server: write three servers again; or save what you need, run `npm run lab:down`, then `npm run lab:up`. [LAB-MCH-026]",
  },
  "LAB-MCH-027": {
    cause:
      "Several servers share an address on the LAN, and a folder or volume of the host with the registry's images. Virtual machines cannot.",
    remedy: "Set `machines.provider: docker` or `lxc`; or give one node `role: server`, and the others `role: agent`.",
    example:
      "/home/user/lab.yaml: nodes: has several servers, and their machines are of virtualbox. Several servers run in containers only: set machines.provider: docker or lxc, or have one server. [LAB-MCH-027]",
  },
  "LAB-MCH-028": {
    cause:
      "The machine of a server was made by an earlier release of k3s-lab, whose root file system has no keepalived.",
    remedy: "Install it in the machine, as the message shows, then run `npm run lab:up` again.",
    example:
      'multi: lacks keepalived, which holds the address that several servers share. Install it: `npm run lab:exec -- multi sh -c "apt-get update && apt-get install -y keepalived"`. [LAB-MCH-028]',
  },
};
