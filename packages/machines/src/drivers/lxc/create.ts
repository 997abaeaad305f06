import { lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { shieldedSysctls } from "../../host-needs.js";
import type { Machine, Machines } from "../../machine.js";
import { fileMode, nodeFiles } from "../../node-files.js";
import { machinePlaces } from "../../places.js";
import { dataDirs, lxcConfig } from "./config.js";

/** Makes everything of a machine on disk. */
export function createMachine(labId: string, machine: Machine, wanted: Machines, rootfs: string): void {
  layOut(labId, machine.name);
  configureMachine(labId, machine, wanted, rootfs);
}

/** Makes the folders of a machine, and the sysctls that it sees. */
export function layOut(labId: string, name: string): void {
  const { upper, data, sysctls } = machinePlaces(labId, name);
  // The upper directory is the machine's "/": its mode is seen inside.
  for (const dir of [upper, ...Object.keys(dataDirs).map((folder) => join(data, folder)), sysctls]) {
    mkdirSync(dir, { recursive: true, mode: 0o755 });
  }
  for (const [key, value] of Object.entries(shieldedSysctls)) writeFileSync(join(sysctls, key), `${value}\n`);
}

/**
 * What LXC reads at the machine's next start, and the files that it starts with. By the configuration a machine is known
 * to be whole: it comes last.
 */
export function configureMachine(labId: string, machine: Machine, wanted: Machines, rootfs: string): void {
  const { upper } = machinePlaces(labId, machine.name);
  for (const { path, content, merge } of nodeFiles(labId, machine, wanted)) {
    writeInside(upper, path, merge?.(readInside(upper, path) ?? "") ?? content);
  }
  writeConfig(labId, machine, wanted, rootfs);
}

/** Writes what LXC reads at the machine's next start. */
export function writeConfig(labId: string, machine: Machine, { lan, mounts }: Machines, rootfs: string): void {
  const { config } = machinePlaces(labId, machine.name);
  writeFileAtomic.sync(config, lxcConfig({ labId, machine, lan, rootfs, mounts }), { mode: 0o644 });
}

/** Tells whether a machine that stands still has the files that it is to start with. */
export function hasFiles(labId: string, machine: Machine, wanted: Machines): boolean {
  const { upper } = machinePlaces(labId, machine.name);
  return nodeFiles(labId, machine, wanted).every(({ path, content, merge }) => {
    const text = readInside(upper, path);
    return text !== undefined && text === (merge?.(text) ?? content);
  });
}

/** A link that a machine has made leads, seen from the host, to a file of the host: it is replaced, never followed. */
function writeInside(upper: string, path: string, content: string): void {
  let dir = upper;
  for (const part of dirname(path).split("/").filter(Boolean)) {
    dir = join(dir, part);
    if (lstatSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true) {
      rmSync(dir, { force: true });
      mkdirSync(dir, { mode: 0o755 });
    }
  }
  const file = join(upper, path);
  rmSync(file, { force: true, recursive: true });
  writeFileSync(file, content, { mode: fileMode, flag: "wx" });
}

/** Undefined where there is no file of its own. */
export function readInside(upper: string, path: string): string | undefined {
  const file = join(upper, path);
  return lstatSync(file, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(file, "utf8") : undefined;
}
