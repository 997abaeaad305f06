import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";
import { caller } from "./caller.js";

/** Every file under `.lab/`, beside lab.yaml. Each is written by one package only. */
export const labFiles = {
  /** The last configuration that was right, with its defaults: what lab:down goes by where lab.yaml was broken since. */
  config: "lab.json",
  hostNetwork: "host-network.json",
  machines: "machines.json",
  /** The Vagrantfile and the guests' files of virtual machines, and what Vagrant itself keeps beside them. */
  vagrant: "vagrant",
  cluster: "cluster.json",
  registry: "registry.json",
  kubeconfig: "kubeconfig",
  /** The passwords of the server's and the agents' token; 0600. */
  secrets: "secrets.json",
  lock: "lock",
  logs: "logs",
} as const;

export type LabFile = keyof typeof labFiles;

/** Where a lab of the host keeps what a user's home cannot hold (disks of machines want overlayfs). */
export const systemDir = "/var/lib/k3s-lab";

/** Six hexadecimal digits that tell this lab from every other on the host. */
export function labDigest(labDir: string): string {
  return createHash("sha256").update(labDir).digest("hex").slice(0, 6);
}

/** The caller's cache directory; outlives every lab. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  if (env.K3S_LAB_CACHE) return env.K3S_LAB_CACHE;
  const who = caller(env);
  if (who.isRoot && env.SUDO_USER === undefined && env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, "k3s-lab");
  return join(who.home ?? homedir(), ".cache", "k3s-lab");
}
