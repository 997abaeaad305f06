import type { Command } from "../drivers/enter.js";
import { networkFile, networkUnit } from "../node-files.js";
import { sha256 } from "@k3s-lab/host";

/** Raised when something about the result changes that the recipe itself does not show. */
const edition = 1;
/** The suite of Debian. */
export const suite = "bookworm";

/** What K3s and a person at a shell need of a node; no SSH server: the host enters its machines without one. */
export const packages = [
  "ca-certificates",
  "conntrack",
  "dbus",
  "iproute2",
  "iptables",
  "iputils-ping",
  "kmod",
  "netbase",
  "nftables",
  "procps",
  "systemd-sysv",
] as const;

/**
 * Units that would reach through to the host (its devices, its sysctls, its modules, its kernel's file systems), and
 * units that have nothing to do in a container.
 */
export const maskedUnits = [
  "proc-sys-fs-binfmt_misc.automount",
  "proc-sys-fs-binfmt_misc.mount",
  "sys-fs-fuse-connections.mount",
  "sys-kernel-config.mount",
  "sys-kernel-debug.mount",
  "sys-kernel-tracing.mount",
  "systemd-binfmt.service",
  "systemd-hwdb-update.service",
  "systemd-journald-audit.socket",
  "systemd-modules-load.service",
  "systemd-pstore.service",
  "systemd-random-seed.service",
  "systemd-sysctl.service",
  "systemd-udev-settle.service",
  "systemd-udev-trigger.service",
  "systemd-udevd-control.socket",
  "systemd-udevd-kernel.socket",
  "systemd-udevd.service",
  "apt-daily-upgrade.timer",
  "apt-daily.timer",
  "console-getty.service",
  "dev-hugepages.mount",
  "dpkg-db-backup.timer",
  "e2scrub_all.timer",
  "e2scrub_reap.service",
  "fstrim.timer",
  "getty.target",
  "kmod-static-nodes.service",
  "systemd-firstboot.service",
  "systemd-networkd.service",
  "systemd-networkd.socket",
  "systemd-remount-fs.service",
  "systemd-update-utmp-runlevel.service",
  "systemd-update-utmp.service",
] as const;

/** Files that k3s-lab adds to the root file system, by path. */
export const files: Readonly<Record<string, string>> = {
  // Not systemd-networkd: it waits for udev, which is masked, and it deletes routes that it did not make (flannel's).
  [`/etc/systemd/system/${networkUnit}`]: `[Unit]
Description=Address and default route of a k3s-lab machine
DefaultDependencies=no
Before=network-pre.target network.target sysinit.target shutdown.target
Wants=network-pre.target network.target

[Service]
Type=oneshot
RemainAfterExit=yes
# systemd leaves mounts private in a container; a kubelet hands them on to pods.
ExecStart=/usr/bin/mount --make-rshared /
ExecStart=/usr/sbin/ip -4 -batch ${networkFile}

[Install]
WantedBy=sysinit.target
`,
  // A reboot and a shutdown stay short although pods may ignore SIGTERM.
  "/etc/systemd/system.conf.d/k3s-lab.conf": "[Manager]\nDefaultTimeoutStopSec=5s\n",
  // The kernel's messages are the host's: each machine would keep a copy of them.
  "/etc/systemd/journald.conf.d/k3s-lab.conf":
    "[Journal]\nStorage=persistent\nSystemMaxUse=128M\nReadKMsg=no\nAudit=no\n",
};

/** Links that k3s-lab adds to the root file system: their targets by path. */
export const links: Readonly<Record<string, string>> = {
  [`/etc/systemd/system/sysinit.target.wants/${networkUnit}`]: `../${networkUnit}`,
  ...Object.fromEntries(maskedUnits.map((unit) => [`/etc/systemd/system/${unit}`, "/dev/null"])),
};

/** What the build leaves of the host it ran on, or what each machine has its own of. */
export const removed = ["/etc/resolv.conf", "/etc/hostname", "/etc/machine-id", "/var/lib/dbus/machine-id"] as const;

/** What keeps a Debian small. */
export const debianOptions = [
  '--aptopt=APT::Install-Recommends "false"',
  '--aptopt=Acquire::Languages "none"',
  "--dpkgopt=force-unsafe-io",
  "--dpkgopt=path-exclude=/usr/share/doc/*",
  "--dpkgopt=path-exclude=/usr/share/info/*",
  "--dpkgopt=path-exclude=/usr/share/locale/*",
  "--dpkgopt=path-exclude=/usr/share/man/*",
] as const;

const options = ["--variant=minbase", "--mode=root", ...debianOptions] as const;

/**
 * Builds into a directory. Sources are lines of apt that come on standard input; without any the public mirrors are
 * asked. In a mount namespace of its own, so that an interrupted build leaves no mount behind.
 */
export function buildCommand(target: string, sources: readonly string[]): Command {
  return [
    "unshare",
    "--mount",
    "--propagation",
    "private",
    "mmdebstrap",
    // What apt prints tells how far it has come.
    "--verbose",
    ...options,
    `--include=${packages.join(",")}`,
    suite,
    target,
    ...(sources.length === 0 ? [] : ["-"]),
  ];
}

/** The same recipe on the same kind of processor is the same root file system. */
export function recipeKey(architecture: string = process.arch): string {
  const recipe = { edition, architecture, suite, packages, files, links, removed, options };
  return sha256(JSON.stringify(recipe)).slice(0, 12);
}
