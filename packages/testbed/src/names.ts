import { fileURLToPath } from "node:url";

/** What an emulated host leaves on the real one while it lives; all of it carries the test's process id. */
export const runDir = "/run/k3s-lab-testbed";
export const cgroupRoot = "/sys/fs/cgroup";

let worlds = 0;

/** Returns a new world's name. "k3s-lab-testbed-4711-1" is the first of process 4711. */
export function nextName(pid: number = process.pid): string {
  worlds += 1;
  return `k3s-lab-testbed-${pid}-${worlds}`;
}

/** The name of a world, with the process that made it. */
export const worldName = /^k3s-lab-testbed-(\d+)-\d+$/;

// All are found from src/ (tests, by a loader) and from dist/.
export const nameServerProgram = fileURLToPath(new URL("../dist/name-server.js", import.meta.url));
export const nameForwarderProgram = fileURLToPath(new URL("../dist/name-forwarder.js", import.meta.url));
export const vifProgram = fileURLToPath(new URL("../programs/vif.pl", import.meta.url));
export const relayProgram = fileURLToPath(new URL("../programs/relay.pl", import.meta.url));
export const clientProgram = fileURLToPath(new URL("../programs/client.pl", import.meta.url));
export const initProgram = fileURLToPath(new URL("../programs/init.pl", import.meta.url));
