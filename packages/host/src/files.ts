import { join } from "node:path";

/** The folder of what a user's home cannot hold (disks of machines want overlayfs), and of what labs share. */
export const systemDir = "/var/lib/k3s-lab";

/** Every name that this package writes on the host. */
export const hostFiles = {
  dir: join(systemDir, "host"),
  lock: "lock",
  sysctls: "sysctls.json",
  aptLock: "/run/lock/k3s-lab-apt.lock",
  /** Debian asks this program before a package's service is started. */
  servicePolicy: "/usr/sbin/policy-rc.d",
} as const;
