import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
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
import { archiveTimeout, type Disks, sharedDisk, storePath, thawLater } from "./disks.js";

/** What of a machine's folder is its disk, by where the machine has it. */
const parts: readonly (readonly [path: string, part: string])[] = [
  ...Object.entries(dataDirs).map(([name, path]) => [`/${path}`, join("data", name)] as const),
  ["", "upper"],
];

/** The folders of this host that are machines' disks. */
export function lxcDisks(labId: string): Disks {
  const extracted = (name: string) => join(labDir(labId), "restore", name);
  const shared = registryDir(labId);
  const place = (name: string) => (name === sharedDisk ? dirname(shared) : machinePlaces(labId, name).dir);
  const partsOf = (name: string) => (name === sharedDisk ? [basename(shared)] : parts.map(([, part]) => part));
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
        const left = without.map(onDisk);
        const args = [place(name), folder, name, String(level), state, ...partsOf(name), "--", ...left];
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
      extractedPathOf: (name, path) => join(extracted(name), onDisk(path)),
      pathOf: (name, path) => join(place(name), onDisk(path)),
      async [Symbol.asyncDispose]() {},
    }),
    async swap(name) {
      const from = extracted(name);
      if (!existsSync(from)) return;
      if (name !== sharedDisk) layOut(labId, name);
      for (const part of readdirSync(from)) {
        await run("rm", ["-rf", "--one-file-system", "--", join(place(name), part)], { timeout: archiveTimeout });
        renameSync(join(from, part), join(place(name), part));
      }
      if (name !== sharedDisk) {
        const { config, upper } = machinePlaces(labId, name);
        // The rest of it depends on the lab's network, and is written before the machine starts.
        writeFileAtomic.sync(config, `lxc.rootfs.path = overlay:${rootfsPath()}:${upper}\n`, { mode: 0o644 });
      }
      rmSync(from, { recursive: true });
    },
    async discard(name) {
      await run("rm", ["-rf", "--one-file-system", "--", extracted(name)], { timeout: archiveTimeout });
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
