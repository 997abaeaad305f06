import { join } from "node:path";
import { systemDir } from "@k3s-lab/lab";

/** Every name that this package writes on the host. */
export const hostFiles = {
  dir: join(systemDir, "host"),
  lock: "lock",
  sysctls: "sysctls.json",
  aptLock: "/run/lock/k3s-lab-apt.lock",
  /** Debian asks this program before a package's service is started. */
  servicePolicy: "/usr/sbin/policy-rc.d",
} as const;
