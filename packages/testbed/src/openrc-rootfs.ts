import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256, systemDir } from "@k3s-lab/host";
import { buildRoot } from "./build-root.js";

const packages = [
  "ca-certificates",
  "conntrack",
  "iproute2",
  "iptables",
  "iputils-ping",
  "kmod",
  "logrotate",
  "netbase",
  "nftables",
  "openrc",
  // With the init script of nftables, which flushes all rules when it starts and when it stops.
  "orphan-sysvinit-scripts",
  "procps",
] as const;

/** By path. What sets the network is called as in k3s-lab's own root file system, which is known by that name. */
const programs: Readonly<Record<string, string>> = {
  "/etc/init.d/lab-network": `#!/sbin/openrc-run
depend() {
  provide localmount net
}

start() {
  ip -4 -batch /etc/k3s-lab/network
}
`,
  "/sbin/reboot": "#!/bin/sh\nexec openrc-shutdown --reboot now\n",
  "/sbin/poweroff": "#!/bin/sh\nexec openrc-shutdown --poweroff now\n",
};

const links: Readonly<Record<string, string>> = {
  "/sbin/init": "openrc-init",
  "/etc/runlevels/sysinit/cgroups": "/etc/init.d/cgroups",
  "/etc/runlevels/boot/lab-network": "/etc/init.d/lab-network",
  "/etc/runlevels/boot/nftables": "/etc/init.d/nftables",
};

/** Init scripts that would reach through to the host, what the packages start, and what each machine has its own of. */
const removed = [
  ...["cron", "hwclock.sh", "kmod", "procps"].map((name) => `/etc/init.d/${name}`),
  ...["boot", "default", "nonetwork", "off", "sysinit"].map((level) => `/etc/runlevels/${level}`),
  "/etc/hostname",
  "/etc/machine-id",
  "/etc/resolv.conf",
] as const;

const options = [
  "--quiet",
  "--variant=minbase",
  "--mode=root",
  '--aptopt=APT::Install-Recommends "false"',
  '--aptopt=Acquire::Languages "none"',
  "--dpkgopt=force-unsafe-io",
  ...["doc", "info", "locale", "man"].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
  `--include=${packages.join(",")}`,
] as const;

/**
 * Returns the place of a root file system of Debian's packages whose init is OpenRC: the nearest to Alpine that they
 * allow. The same recipe is built once.
 */
export async function ensureOpenrcRootfs(): Promise<string> {
  const recipe = JSON.stringify({ programs, links, removed, options });
  const path = join(systemDir, "rootfs", `openrc-${sha256(recipe).slice(0, 12)}`);
  await buildRoot({ path, suite: "bookworm", options, finish });
  return path;
}

function finish(root: string): void {
  for (const path of removed) rmSync(join(root, path), { recursive: true, force: true });
  for (const [path, content] of Object.entries(programs)) {
    rmSync(join(root, path), { force: true });
    writeFileSync(join(root, path), content, { mode: 0o755 });
  }
  // OpenRC reads every runlevel, even an empty one.
  for (const level of ["boot", "default", "nonetwork", "off", "shutdown", "sysinit"]) {
    mkdirSync(join(root, "/etc/runlevels", level), { recursive: true });
  }
  for (const [path, target] of Object.entries(links)) symlinkSync(target, join(root, path));
}
