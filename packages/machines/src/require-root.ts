import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { shellWord } from "@k3s-lab/exec";
import { certificateVariables } from "@k3s-lab/host";
import { type Lab, machineProvider, needsRoot } from "@k3s-lab/lab";
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
      remedy: `Run: ${asRoot(script)} (or let Docker answer this user, which needs no root: docs/docker.md)`,
    },
  );
}

const variables = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"]
  .flatMap((name) => [name, name.toLowerCase()])
  .concat(certificateVariables);

/**
 * Returns the command that runs a script as root: sudo's own PATH often lacks Node, and sudo drops which lab was meant,
 * the proxies and what else to trust. Those are named, not written out: they may hold a password.
 */
export function asRoot(script: string): string {
  const { K3S_LAB_CONFIG: config = "", INIT_CWD: folder = "" } = process.env;
  const named = config !== "" && existsSync(resolve(folder, config));
  const set = variables.filter((name) => process.env[name]);
  const kept = set.length === 0 ? "" : `--preserve-env=${set.join(",")} `;
  return `sudo ${kept}env "PATH=$PATH" ${named ? `K3S_LAB_CONFIG=${shellWord(config)} ` : ""}npm run ${script}`;
}

/** Only where this lab needs it: virtual machines on the host's LAN are run by any user. */
export function requireRootFor(lab: Pick<Lab, "id" | "config" | "state">, script: string): void {
  if (!isUsers(lab)) requireRoot(script);
}

/** Whether the caller may look at and enter the lab's machines. */
export function mayEnter(lab: Pick<Lab, "id" | "config" | "state">): boolean {
  return isRoot() || isUsers(lab) || isDockers(lab);
}

function isUsers(lab: Pick<Lab, "id" | "config" | "state">): boolean {
  return !needsRoot(lab.config) && providerOf(lab) !== "lxc";
}

/** Whether Docker makes the lab's machines, or would make them. */
export function isDockers(lab: Pick<Lab, "id" | "config" | "state">): boolean {
  return (providerOf(lab) ?? machineProvider(lab.config)) === "docker";
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
