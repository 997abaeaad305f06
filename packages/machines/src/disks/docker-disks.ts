import { docker, inspect, program } from "@k3s-lab/docker";
import { run } from "@k3s-lab/exec";
import { caller } from "@k3s-lab/host";
import { containerOf, stateOf } from "../drivers/docker/container.js";
import { removeContainer } from "../drivers/docker/create.js";
import { dockerNames } from "../drivers/docker/driver.js";
import { nodeImage } from "../drivers/docker/image.js";
import { containerName, labels, registryVolume, volumeName, volumes } from "../drivers/docker/names.js";
import { shellArgv } from "../shell.js";
import { archiveTimeout, type Disks, type ExtractedDisk, sharedDisk, storePath, thawLater } from "./disks.js";

/** Where a helper finds the volumes of a machine, and the snapshot's files. */
const inside = { disk: "/disk", folder: "/snapshot" } as const;
/** What is extracted is on the first of the volumes until it takes its place. */
const extractedName = ".k3s-lab-extracted";

/** The volumes of a lab's containers, by helpers that have them, since only Docker may look there. */
export function dockerDisks(labId: string, image = nodeImage()): Disks {
  /** What the volumes of a disk are called below the folder of all, and in Docker. */
  const volumesOf = (name: string): ReadonlyMap<string, string> =>
    name === sharedDisk
      ? new Map([["registry", registryVolume(labId)]])
      : new Map(Object.keys(volumes).map((volume) => [volume, volumeName(labId, name, volume)]));
  const firstOf = (name: string) => [...volumesOf(name)][0] ?? ["", ""];
  const extracted = (name: string) => `${firstOf(name)[0]}/${extractedName}`;
  const helper = (name: string) => `${containerName(labId, name)}-disk`;
  const exec = (name: string, file: string, args: readonly string[], signal?: AbortSignal) =>
    docker(["exec", helper(name), ...shellArgv(file, "bash"), ...args], { signal, timeout: archiveTimeout });
  const helperArgs = (name: string, mounts: readonly string[]) => [
    "--network",
    "none",
    "--log-driver",
    "none",
    "--name",
    helper(name),
    "--label",
    `${labels.lab}=${labId}`,
    // A helper is its node's, for all that look at labels; what servers share is no node's.
    ...(name === sharedDisk ? [] : ["--label", `${labels.node}=${name}`]),
    ...[...volumesOf(name)].flatMap(([folder, volume]) => [
      "--mount",
      `type=volume,source=${volume},target=${inside.disk}/${folder},volume-label=${labels.lab}=${labId}`,
    ]),
    ...mounts,
    "--entrypoint",
    "",
    image,
  ];
  const remove = async (name: string) => {
    await docker(["rm", "--force", helper(name)], { answers: "any" });
  };
  const once = async (name: string, argv: readonly string[]) => {
    await remove(name);
    await docker(["run", "--rm", ...helperArgs(name, []), ...argv], { timeout: archiveTimeout });
  };
  return {
    names: () => dockerNames(labId),
    async freeze(name) {
      await docker(["pause", containerName(labId, name)]);
    },
    async thaw(name) {
      const container = await containerOf(labId, name);
      if (container?.State.Status === "paused") await docker(["unpause", containerName(labId, name)]);
    },
    async thawLater(names, signal) {
      const containers = names.map((name) => containerName(labId, name));
      await run("sh", ["-c", thawLater, "thaw-later", program, "unpause", ...containers], {
        signal,
        answers: "any",
      });
    },
    async halt(name) {
      if (stateOf(await containerOf(labId, name)) === "absent") return;
      await docker(["kill", containerName(labId, name)], { answers: "any" });
    },
    unmake: (name) => removeContainer(containerName(labId, name)),
    async open(names, folder) {
      const mount = ["--mount", `type=bind,source=${folder},target=${inside.folder}`];
      // Started beforehand: each would take longer to start than all may stay frozen.
      await Promise.all(
        names.map(async (name) => {
          await remove(name);
          await docker(["run", "--detach", "--rm", ...helperArgs(name, mount), "sleep", String(archiveTimeout / 1000)]);
        }),
      );
      return {
        async archive(name, level, state, { without, signal }) {
          const left = [...without.flatMap((path) => onDisk(path) ?? []), extracted(name)];
          const parts = volumesOf(name).keys();
          const args = [inside.disk, inside.folder, name, String(level), state, ...parts, "--", ...left];
          await exec(name, "archive-disk.sh", args, signal);
        },
        async pack(signal) {
          const { uid, gid } = caller();
          const [first] = names;
          if (first !== undefined) await exec(first, "pack-disk.sh", [inside.folder, `${uid}:${gid}`], signal);
        },
        async extract(name, signal) {
          const into = `${inside.disk}/${extracted(name)}`;
          await docker(["exec", helper(name), "rm", "-rf", into], { timeout: archiveTimeout });
          await docker(["exec", helper(name), "mkdir", "-m", "700", into]);
          const args = [into, inside.folder, name, onDisk(storePath) ?? ""];
          await exec(name, "extract-disk.sh", args, signal);
        },
        pathOf: () => undefined,
        extracted: (name) => extractedDisk(helper(name), `${inside.disk}/${extracted(name)}`),
        async [Symbol.asyncDispose]() {
          await Promise.all(names.map(remove));
        },
      };
    },
    swap: (name) => once(name, [...shellArgv("swap-volumes.sh"), inside.disk, `${inside.disk}/${extracted(name)}`]),
    async discard(name) {
      const [, volume] = firstOf(name);
      if ((await inspect("volume", volume)) === undefined) return;
      await once(name, ["rm", "-rf", `${inside.disk}/${extracted(name)}`]);
    },
  };
}

/** What was extracted into a folder of a container that runs. A path that is on no volume is on no disk. */
function extractedDisk(container: string, folder: string): ExtractedDisk {
  const pathOf = (path: string) => {
    const there = onDisk(path);
    return there && `${folder}/${there}`;
  };
  const exec = (argv: readonly string[], answers?: readonly number[]) =>
    docker(["exec", container, ...argv], { answers, timeout: archiveTimeout });
  return {
    async copyOut(path, to) {
      const from = pathOf(path);
      // Asked this way, since Docker's own failure is 1, too, and must not pass for a disk without the folder.
      if (from === undefined || (await exec(["test", "!", "-d", from], [0, 1])).exitCode === 0) return;
      await docker(["cp", `${container}:${from}`, to], { timeout: archiveTimeout });
    },
    async copyIn(from, path) {
      const to = pathOf(path);
      if (to === undefined) throw new Error(`${path} is on no volume`);
      await docker(["cp", from, `${container}:${to}`], { timeout: archiveTimeout });
    },
    async remove(path) {
      const there = pathOf(path);
      if (there !== undefined) await exec(["rm", "-rf", "--", there]);
    },
    async sync() {
      await exec(["sync", "-f", folder]);
    },
  };
}

/** Returns where a path of the machine is among its volumes; undefined where it is not on one. */
function onDisk(path: string): string | undefined {
  const volume = Object.entries(volumes).find(([, dir]) => path.startsWith(`${dir}/`));
  return volume && `${volume[0]}${path.slice(volume[1].length)}`;
}
