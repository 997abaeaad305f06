import { type Lab, needsRoot } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import { providerOf } from "./standing.js";

/** Linux containers are the kernel's own: only root may make, see or end them. */
export function requireRoot(script: string): void {
  if (isRoot()) return;
  throw new Problem(
    "LAB-MCH-010",
    "host",
    "containers, and a LAN of the lab's own, need root, and this is another user",
    {
      // sudo's own PATH often lacks a Node that a version manager has installed.
      remedy: `Run: sudo env "PATH=$PATH" npm run ${script}`,
    },
  );
}

/** Only where this lab needs it: virtual machines on the host's LAN are run by any user. */
export function requireRootFor(lab: Pick<Lab, "id" | "config" | "state">, script: string): void {
  if (!isUsers(lab)) requireRoot(script);
}

/** Whether the caller may look at and enter the lab's machines. */
export function mayEnter(lab: Pick<Lab, "id" | "config" | "state">): boolean {
  return isRoot() || isUsers(lab);
}

function isUsers(lab: Pick<Lab, "id" | "config" | "state">): boolean {
  return !needsRoot(lab.config) && providerOf(lab) !== "lxc";
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
