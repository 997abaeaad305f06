import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { copyFile, cp, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { run } from "@k3s-lab/exec";
import { caller } from "@k3s-lab/host";
import writeFileAtomic from "write-file-atomic";
import { dataDirs } from "../drivers/lxc/config.js";
import { freezeCommand, killCommand, thawCommand } from "../drivers/lxc/commands.js";
import { layOut } from "../drivers/lxc/create.js";
import { isFrozen } from "../drivers/lxc/freezer.js";
import { machinesThere } from "../drivers/lxc/left-over.js";
import { machineState } from "../drivers/lxc/state.js";
import { runCommand } from "../drivers/enter.js";
import { labDir, machinePlaces, machinesDir, registryDir } from "../places.js";
import { rootfsPath } from "../rootfs/path.js";
import { shellArgv } from "../shell.js";
import { archiveTimeout, type Disks, type ExtractedDisk, sharedDisk, storePath, thawLater } from "./disks.js";

/** What of a machine's folder is its disk, by where the machine has it. */
const parts: readonly (readonly [path: string, part: string])[] = [
  ...Object.entries(dataDirs).map(([name, path]) => [`/${path}`, join("data", name)] as const),
  ["", "upper"],
];

/** Where a disk lies on this host, and what there is beside it. */
interface Place {
  readonly dir: string;
  /** What of the folder is the disk. */
  readonly content: readonly string[];
  /** Makes what the content is put into. */
  prepare(): void;
  /** Writes what has to be there once the content is. */
  complete(): void;
}

function machinePlace(labId: string, name: string): Place {
  const { dir, config, upper } = machinePlaces(labId, name);
  return {
    dir,
    content: parts.map(([, part]) => part),
    prepare: () => layOut(labId, name),
    // The rest of it depends on the lab's network, and is written before the machine starts.
    complete: () =>
      writeFileAtomic.sync(config, `lxc.rootfs.path = overlay:${rootfsPath()}:${upper}\n`, { mode: 0o644 }),
  };
}

function sharedPlace(labId: string): Place {
  const shared = registryDir(labId);
  return { dir: dirname(shared), content: [basename(shared)], prepare: () => {}, complete: () => {} };
}

/** The folders of this host that are machines' disks. */
export function lxcDisks(labId: string): Disks {
  const extracted = (name: string) => join(labDir(labId), "restore", name);
  const placeOf = (name: string) => (name === sharedDisk ? sharedPlace(labId) : machinePlace(labId, name));
  return {
    names: async () => machinesThere(labId),
    async freeze(name) {
      await runCommand(freezeCommand(labId, name));
    },
    async thaw(name) {
      if (isFrozen(labId, name)) await runCommand(thawCommand(labId, name));
    },
    async thawLater(names, signal) {
      const each = ["sh", "-c", 'for name; do lxc-unfreeze -n "$name" -P "$0"; done', machinesDir(labId), ...names];
      await run("sh", ["-c", thawLater, "thaw-later", ...each], { signal, answers: "any" });
    },
    async halt(name) {
      if ((await machineState(labId, name)) === "absent") return;
      await runCommand(killCommand(labId, name), { answers: "any" });
    },
    open: async (_, folder) => ({
      async archive(name, level, state, { without, signal }) {
        const { dir, content } = placeOf(name);
        const args = [dir, folder, name, String(level), state, ...content, "--", ...without.map(onDisk)];
        await script("archive-disk.sh", args, signal);
      },
      async pack(signal) {
        const { uid, gid } = caller();
        await script("pack-disk.sh", [folder, `${uid}:${gid}`], signal);
      },
      async extract(name, signal) {
        const into = extracted(name);
        rmSync(into, { recursive: true, force: true });
        mkdirSync(into, { recursive: true, mode: 0o700 });
        await script("extract-disk.sh", [into, folder, name, onDisk(storePath)], signal);
      },
      extracted: (name) => extractedDisk(extracted(name)),
      pathOf: (name, path) => join(placeOf(name).dir, onDisk(path)),
      async [Symbol.asyncDispose]() {},
    }),
    async swap(name) {
      const from = extracted(name);
      if (!existsSync(from)) return;
      const { dir, prepare, complete } = placeOf(name);
      prepare();
      for (const part of readdirSync(from)) {
        await run("rm", ["-rf", "--one-file-system", "--", join(dir, part)], { timeout: archiveTimeout });
        renameSync(join(from, part), join(dir, part));
      }
      complete();
      rmSync(from, { recursive: true });
    },
    async discard(name) {
      await run("rm", ["-rf", "--one-file-system", "--", extracted(name)], { timeout: archiveTimeout });
    },
  };
}

function extractedDisk(dir: string): ExtractedDisk {
  const pathOf = (path: string) => join(dir, onDisk(path));
  return {
    async copyOut(path, to) {
      if (existsSync(pathOf(path))) await cp(pathOf(path), to, { recursive: true });
    },
    copyIn: (from, path) => copyFile(from, pathOf(path)),
    remove: (path) => rm(pathOf(path), { recursive: true, force: true }),
    async sync() {
      await run("sync", ["-f", dir]);
    },
  };
}

/** Returns where a path of the machine is in its folder. */
function onDisk(path: string): string {
  const [mounted = "", part = "upper"] = parts.find(([dir]) => path.startsWith(`${dir}/`)) ?? [];
  return `${part}${path.slice(mounted.length)}`;
}

async function script(name: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  const [bash, ...rest] = shellArgv(name, "bash");
  await run(bash, ["--norc", ...rest, ...args], { signal, timeout: archiveTimeout });
}
