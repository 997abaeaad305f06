import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { VagrantProvider } from "@k3s-lab/lab";
import { caller, makeForCaller, readIfExists } from "@k3s-lab/host";
import writeFileAtomic from "write-file-atomic";
import { list } from "../../places.js";
import { vagrantIdPath, vagrantMachinesDir } from "./places.js";

/** The folder of a lab's virtual machines: every Vagrant command runs in it. */
export interface VagrantFolder {
  readonly labId: string;
  /** `.lab/vagrant` */
  readonly dir: string;
  readonly provider: VagrantProvider;
}

/** Lists the machines that Vagrant has made, or begun to make. */
export function machinesIn(folder: VagrantFolder): readonly string[] {
  return list(join(folder.dir, vagrantMachinesDir)).filter((name) => isMade(folder, name));
}

/** Tells whether Vagrant has made a machine, or begun to. */
export function isMade({ dir, provider }: VagrantFolder, name: string): boolean {
  return existsSync(join(dir, vagrantIdPath(name, provider)));
}

/** Reads a file of the folder; undefined where it is missing. */
export function readIn({ dir }: VagrantFolder, path: string): string | undefined {
  return readIfExists(join(dir, path));
}

/** Writes a file of the folder atomically, as the caller's own. */
export function writeIn({ dir }: VagrantFolder, path: string, content: string, mode = 0o644): void {
  const file = join(dir, path);
  makeForCaller(dir);
  mkdirSync(dirname(file), { recursive: true });
  const { uid, gid } = caller();
  writeFileAtomic.sync(file, content, { mode, chown: { uid, gid } });
}
