import { existsSync } from "node:fs";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import { type AsCaller, asCaller, type Caller, isInstalled, scratchFolder, sha256 } from "@k3s-lab/host";
import { copyArgs } from "../skopeo.js";
import { formatReference, fullName, parseReference } from "../reference.js";
import { type ImageStore, ofUser, patience, storeProblem } from "./store.js";

/**
 * Opens the stores of Podman and Buildah on this host: under sudo the caller's own first, since each user has one. Where
 * Podman is not installed, skopeo reads them.
 */
export function podmanStores(who: Caller, env: NodeJS.ProcessEnv): readonly ImageStore[] {
  const { home, isRoot } = who;
  const own = asCaller(who);
  if (isInstalled("podman", env)) return [...(own ? [podmanStore(env, own)] : []), podmanStore(env)];
  if (!isInstalled("skopeo", env)) return [];
  // Where there is no storage yet, skopeo would make one.
  const usersOwn = join(home, ".local/share/containers/storage");
  const isThere =
    env.CONTAINERS_STORAGE_CONF !== undefined || existsSync(isRoot ? "/var/lib/containers/storage" : usersOwn);
  return [...(own && existsSync(usersOwn) ? [skopeoStore(env, own)] : []), ...(isThere ? [skopeoStore(env)] : [])];
}

/**
 * Has a program write an archive by its path. Another user may neither enter root's folder, nor, by a link in a folder of their
 * own, make root read what they may not: so they read it back themselves.
 */
async function writeArchive(
  archive: string,
  env: NodeJS.ProcessEnv,
  as: AsCaller | undefined,
  signal: AbortSignal | undefined,
  write: (file: string) => Promise<unknown>,
): Promise<void> {
  if (as === undefined) return void (await write(archive));
  using own = scratchFolder("images", env, as.user);
  const file = join(own.path, "image.tar");
  await write(file);
  await run("cat", [file], { ...as, signal, timeout: patience.save, outputFile: archive });
}

/** Asks the podman program, as another user where one is named. */
function podmanStore(env: NodeJS.ProcessEnv, as?: AsCaller): ImageStore {
  const title = `Podman${ofUser(as)}`;
  const ask = async (args: readonly string[], signal?: AbortSignal) =>
    await run("podman", args, { ...as, signal, answers: "any", timeout: patience.answer });
  return {
    title,
    transport: "containers-storage",
    async find(name, signal) {
      const { exitCode, stdout, stderr } = await ask(["image", "inspect", "--format", "{{.Id}}", name], signal);
      if (exitCode === 0) return `sha256:${stdout.trim()}`;
      if (/image not known|no such image|no such object|failed to find image/i.test(stderr)) return undefined;
      throw storeProblem(title, `cannot be asked: ${lastLine(stderr)}`, "Check that `podman images` works.");
    },
    async save(name, archive, { allPlatforms, signal }) {
      const isList = allPlatforms && (await ask(["manifest", "exists", name], signal)).exitCode === 0;
      if (isList) {
        // Podman pushes a list into a file only, by its path.
        return await writeArchive(archive, env, as, signal, async (file) => {
          const push = ["manifest", "push", "--quiet", "--all", name, `oci-archive:${file}`];
          await run("podman", push, { ...as, signal, timeout: patience.save });
        });
      }
      const save = ["save", "--quiet", "--format", "docker-archive", name];
      await run("podman", save, { ...as, signal, timeout: patience.save, outputFile: archive });
    },
  };
}

/** Reads what Buildah, or a Podman that was removed, has left. */
function skopeoStore(env: NodeJS.ProcessEnv, as?: AsCaller): ImageStore {
  const inspect = async (name: string, signal?: AbortSignal) =>
    await run("skopeo", ["--insecure-policy", "inspect", "--config", "--raw", `containers-storage:${name}`], {
      ...as,
      signal,
      answers: "any",
      timeout: patience.answer,
    });
  /** What is built here has no registry: Podman and Buildah call it localhost. */
  const namesOf = (name: string) => {
    const parsed = parseReference(name);
    const local = parsed?.domain === undefined && parsed ? [formatReference({ ...parsed, domain: "localhost" })] : [];
    return [...local, fullName(name)];
  };
  const lookUp = async (name: string, signal?: AbortSignal) => {
    for (const full of namesOf(name)) {
      const { exitCode, stdout } = await inspect(full, signal);
      if (exitCode === 0) return { full, id: `sha256:${sha256(stdout)}` };
    }
    return undefined;
  };
  return {
    title: `Podman's and Buildah's storage${ofUser(as)}`,
    transport: "containers-storage",
    find: async (name, signal) => (await lookUp(name, signal))?.id,
    async save(name, archive, { allPlatforms, signal }) {
      const { full } = (await lookUp(name, signal)) ?? { full: fullName(name) };
      await writeArchive(archive, env, as, signal, async (file) => {
        const copy = { source: `containers-storage:${full}`, destination: `oci-archive:${file}` };
        const args = copyArgs({ ...copy, flags: allPlatforms ? ["--all"] : [] });
        await run("skopeo", args, { ...as, signal, timeout: patience.save });
      });
    },
  };
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) || "it printed nothing";
}
