import type { ExplanationsOf } from "./explanation.js";

export const snapshots: ExplanationsOf<"SNP"> = {
  "LAB-SNP-001": {
    cause:
      "Snapshots are of labs in Linux containers and in Docker. The disks of virtual machines are their hypervisor's.",
    remedy:
      "Use your hypervisor's own snapshots: `virsh snapshot-create`, `VBoxManage snapshot`, or `vagrant snapshot`.",
    example:
      "the lab: has machines of libvirt, expected lxc or docker. Use the snapshots of your hypervisor for virtual machines. [LAB-SNP-001]",
  },
  "LAB-SNP-002": {
    cause: "The name of a snapshot becomes the name of a folder, and is typed in a shell.",
    remedy: "Choose up to 63 letters, digits, dots, hyphens and underscores, with a letter or a digit first.",
    example:
      '"../mine": is no name for a snapshot, expected up to 63 letters, digits, dots, hyphens and underscores, a letter or digit first. Choose another name, such as before-upgrade. [LAB-SNP-002]',
  },
  "LAB-SNP-003": {
    cause: "A snapshot never replaces another one, whichever lab that belongs to.",
    remedy: "Choose another name, or remove the one that is there.",
    example:
      "before-upgrade: exists in /home/user/.local/share/k3s-lab/snapshots, and is not replaced. Choose another name, or remove it: `npm run lab:snapshots -- --remove before-upgrade`. [LAB-SNP-003]",
  },
  "LAB-SNP-004": {
    cause:
      "No snapshot of this user has that name; or the path that was given leads to no folder with a `manifest.json`.",
    remedy:
      "List the snapshots with `npm run lab:snapshots`. One that was copied from another host is named by its path, with a slash: `./before-upgrade`.",
    example:
      "before-upgrad: is no snapshot, expected one of this user's, or the folder of one. `npm run lab:snapshots` lists them. [LAB-SNP-004]",
  },
  "LAB-SNP-005": {
    cause:
      "Machines are frozen while the last of what has changed is archived, for three seconds at most. More was written within the last seconds than can be copied in that time, or the host was too busy.",
    remedy:
      "Take the snapshot when the lab writes less, or stop the lab first with `npm run lab:stop`: archiving a stopped lab may take any time.",
    example:
      "the lab: multi, agent1 would have been frozen for more than 3 s, since too much is written there; they go on, and nothing was kept. Take the snapshot when less is written, or stop the lab before: `npm run lab:stop`. [LAB-SNP-005]",
  },
  "LAB-SNP-006": {
    cause:
      "A file of the snapshot is missing or is not what it was when the snapshot was taken, such as after a copy that was cut short; or the cluster's store was damaged already.",
    remedy:
      "Copy the snapshot again, or use another one. A snapshot is read in full before anything of a lab is touched.",
    example:
      "/home/user/.local/share/k3s-lab/snapshots/before-upgrade/multi.0.tar.zst: has 1048576 bytes, expected 73400320. Copy the snapshot again, or take another one. Nothing was touched. [LAB-SNP-006]",
  },
  "LAB-SNP-007": {
    cause:
      "The addresses of pods and services are in the cluster's store, and cannot be changed: a lab is restored with the pod CIDR and the service CIDR that it had. This host has a route into one of them: its own network, a VPN or a VIF; or another lab has it, whether or not that lab runs.",
    remedy:
      "Remove the route: disconnect the VPN or Telepresence. Or restore the snapshot in the other lab's folder, or remove that lab with `npm run lab:down`.",
    example:
      "before-upgrade: its pod CIDR 10.42.0.0/16 overlaps the host's route 10.42.0.0/16 (tun0). Remove that route, such as by disconnecting the VPN, and restore it again. Nothing was touched. [LAB-SNP-007]",
  },
  "LAB-SNP-008": {
    cause:
      "A snapshot is restored by the driver that its machines had, on the same architecture, and with the nodes and networks that it has: lab.yaml in the folder that it is restored into asks for something else.",
    remedy:
      "Change lab.yaml as the message says, or restore in an empty folder: the snapshot brings its lab.yaml along.",
    example:
      "before-upgrade: has the nodes multi, agent1, and /home/user/lab/lab.yaml names multi. Write the same nodes there, or restore in an empty folder. [LAB-SNP-008]",
  },
  "LAB-SNP-011": {
    cause:
      "The lab was made with this node, and its container is gone: it was removed by hand, with its disk or without.",
    remedy:
      "`npm run lab:up` makes the machine again, or takes the node out of the cluster where lab.yaml does not name it any more. Then take the snapshot.",
    example:
      "agent2: its machine was removed, expected one of each node of the lab. Run `npm run lab:up`, which makes what lab.yaml names and takes out the others, and take the snapshot then. [LAB-SNP-011]",
  },
};
