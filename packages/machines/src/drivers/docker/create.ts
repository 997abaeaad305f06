import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { docker, labelled } from "@k3s-lab/docker";
import { CommandFailed } from "@k3s-lab/exec";
import { makeForCaller, scratchFolder, sha256 } from "@k3s-lab/host";
import type { Machine, Machines } from "../../machine.js";
import { fileMode, nodeFiles } from "../../node-files.js";
import { containerArgs } from "./commands.js";
import { containerOf, stateOf } from "./container.js";
import { limitArgs, sizeOf } from "./limits.js";
import { ownDefaults, withoutProxies } from "./own-defaults.js";
import { removeVolumes } from "./remove-volumes.js";
import { containerName, labels, labLabel, volumeName, volumes } from "./names.js";

/** Milliseconds, for a few hundred megabytes. */
const copyTimeout = 5 * 60_000;

/** The checksum of all that a container is made with, and its files, which it has on its own disk. */
export function madeWith(labId: string, machine: Machine, wanted: Machines): string {
  return sha256(JSON.stringify(argsOf(labId, machine, wanted)));
}

function argsOf(labId: string, machine: Machine, { docker: hardware, mounts = [] }: Machines): readonly string[] {
  if (hardware === undefined) throw new Error(`${machine.name} is no machine of Docker's`);
  return containerArgs({ labId, machine, hardware, mounts });
}

/**
 * Folders of a container's own disk that one made again in its place gets, too: K3s, its service, the guard and the authorities
 * that the node trusts are there. Without them it would be a node that has lost what it runs.
 */
const ownFolders = ["/etc", "/usr/local"];

/**
 * Makes a container that stands still, with the files that it starts with: what it has of a former one that stands still,
 * and on volumes that are left of one that was removed. By its name a container is known to be whole: it
 * has another one until then.
 */
export async function createContainer(labId: string, machine: Machine, wanted: Machines): Promise<void> {
  const name = containerName(labId, machine.name);
  const unfinished = `${name}.unfinished`;
  await removeContainer(unfinished);
  // Docker mounts nothing that is not there.
  makeForCaller(wanted.docker?.cache ?? "");
  const args = argsOf(labId, machine, wanted).map((each) => (each === name ? unfinished : each));
  const label = (key: string, value: string) => ["--label", `${key}=${value}`];
  const image = wanted.docker?.image ?? "";
  const told = [...label(labels.madeWith, madeWith(labId, machine, wanted)), ...label(labels.image, image)];
  // Limits are changed without making it again: they are none of what it is made with.
  const limits = limitArgs(sizeOf(machine));
  await docker(["create", ...told, ...limits, ...ownDefaults, ...args], { env: withoutProxies });
  using scratch = scratchFolder("files");
  if (await mayCarryOver(labId, machine.name, wanted)) await carryOver(name, unfinished, scratch.path);
  for (const { path, content } of nodeFiles(labId, machine, wanted)) {
    const file = join(scratch.path, path);
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
    writeFileSync(file, content, { mode: fileMode });
  }
  // Docker's own files for the network come with its start: these are the ones below them.
  await docker(["cp", "--archive", `${scratch.path}/etc`, `${unfinished}:/`]);
  await removeContainer(name);
  await docker(["rename", unfinished, name]);
}

/**
 * Tells whether a container is there whose folders fit one that is made in its place: of another image, they would hide what has
 * changed in it; and what is mounted below them is the host's.
 */
export async function mayCarryOver(
  labId: string,
  name: string,
  { docker: hardware, mounts = [] }: Machines,
): Promise<boolean> {
  const former = await containerOf(labId, name);
  // What Docker could not remove has nothing to give.
  if (former === undefined || stateOf(former) === "absent") return false;
  if (former.Config.Labels?.[labels.image] !== hardware?.image) return false;
  const bound = former.Mounts.filter(({ Type }) => Type === "bind").map(({ Destination }) => Destination);
  const folders = [...bound, ...mounts.map(({ to }) => to)];
  return !folders.some((folder) => ownFolders.some((own) => `${folder}/`.startsWith(`${own}/`)));
}

/** Copies the folders from one container to another; both stand still. */
async function carryOver(from: string, to: string, scratch: string): Promise<void> {
  for (const folder of ownFolders) {
    const archive = join(scratch, "folder.tar");
    await docker(["cp", "--archive", `${from}:${folder}`, "-"], { outputFile: archive, timeout: copyTimeout });
    await docker(["cp", "--archive", "-", `${to}:${dirname(folder)}`], { inputFile: archive, timeout: copyTimeout });
    rmSync(archive);
  }
}

/** Removes a machine with all that it left, whole or not. */
export async function destroyContainer(labId: string, name: string): Promise<void> {
  const container = containerName(labId, name);
  for (const each of [container, `${container}.unfinished`, `${container}-disk`]) await removeContainer(each);
  const own = new Set(Object.keys(volumes).map((volume) => volumeName(labId, name, volume)));
  const there = (await labelled("volume", labLabel(labId))).filter((volume) => own.has(volume.name));
  await removeVolumes(there.map((volume) => volume.name));
}

/** Removes a container, if there is one of that name. */
export async function removeContainer(name: string): Promise<void> {
  try {
    await docker(["rm", "--force", name]);
  } catch (error) {
    // A container that is not there is what was asked for.
    if (!(error instanceof CommandFailed) || !/no such container/i.test(error.stderr)) throw error;
  }
}
