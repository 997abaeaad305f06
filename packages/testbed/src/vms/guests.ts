/** How a guest's disk is made of Debian's packages, and what of its box Vagrant has to know. */
export interface GuestRecipe {
  readonly packages: readonly string[];
  /** Files by path, over those of the packages. */
  readonly files: Readonly<Record<string, string>>;
  /** Shell, run at last as root in the new file system. */
  readonly script: string;
  /** Of the kernel's command line. */
  readonly kernel: string;
  /** Ruby of the Vagrantfile that comes with the box. */
  readonly vagrant: readonly string[];
}

/** What Vagrant wants of every guest, and K3s of its nodes. */
const packages = [
  "ca-certificates",
  "conntrack",
  "e2fsprogs",
  "initramfs-tools",
  "iproute2",
  "iptables",
  "iputils-ping",
  "kmod",
  "linux-image-cloud-amd64",
  "netbase",
  "nftables",
  "openssh-server",
  "procps",
  "sudo",
  "udev",
] as const;

const files: Readonly<Record<string, string>> = {
  "/etc/fstab": "/dev/vda / ext4 errors=remount-ro 0 1\n",
  // All drivers would be read, unpacked and looked through by an emulated processor.
  "/etc/initramfs-tools/conf.d/k3s-lab": "MODULES=list\n",
  "/etc/initramfs-tools/modules": "ext4\nvirtio_blk\nvirtio_pci\n",
  "/etc/ssh/sshd_config.d/k3s-lab.conf": "UseDNS no\nPasswordAuthentication no\n",
  "/etc/sudoers.d/vagrant": "vagrant ALL=(ALL) NOPASSWD: ALL\n",
};

const script = `
useradd --create-home --shell /bin/bash vagrant
install -d -m 700 -o vagrant -g vagrant /home/vagrant/.ssh
mv /vagrant.pub /home/vagrant/.ssh/authorized_keys
chown vagrant: /home/vagrant/.ssh/authorized_keys
chmod 600 /home/vagrant/.ssh/authorized_keys
chmod 440 /etc/sudoers.d/vagrant
echo localhost >/etc/hostname
update-initramfs -u
`;

const kernel = "root=/dev/vda rw console=ttyS0 quiet";

/** As cloud images are: systemd-networkd, systemd-resolved, interfaces named by where they sit. */
const systemd: GuestRecipe = {
  packages: [...packages, "dbus", "systemd-resolved", "systemd-sysv"],
  files: {
    ...files,
    "/etc/systemd/network/20-wired.network": "[Match]\nName=en*\n\n[Network]\nDHCP=yes\n",
  },
  script: `${script}
systemctl enable systemd-networkd
systemctl mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer
: >/etc/machine-id
`,
  kernel,
  vagrant: [],
};

/**
 * The nearest to Alpine that Debian's packages make: OpenRC, ifupdown with busybox's udhcpc, eth0 and eth1. Vagrant takes
 * it for Alpine.
 */
const openrc: GuestRecipe = {
  packages: [...packages, "busybox", "ifupdown", "openrc", "orphan-sysvinit-scripts", "sysvinit-core", "udhcpc"],
  files: {
    ...files,
    "/etc/network/interfaces": "auto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet dhcp\n",
  },
  script,
  kernel: `${kernel} net.ifnames=0`,
  vagrant: ["config.vm.guest = :alpine"],
};

export const guests = { systemd, openrc } as const;
