import { existsSync } from "node:fs";
import { docker, inspect, ownChoices, program } from "@k3s-lab/docker";
import { CommandFailed, run, secretsInUrls, shellWord } from "@k3s-lab/exec";
import { ensurePrograms, type InstallOptions, isInstalled, mayInstall, proxiesForApt } from "@k3s-lab/host";
import { messageOf, Problem } from "@k3s-lab/problem";
import type { Work } from "@k3s-lab/steps";
import { buildPrograms } from "../../host-needs.js";
import { PackageProgress } from "../../rootfs/package-progress.js";
import { rootfsPath } from "../../rootfs/path.js";
import { files, links, packages, recipeKey, removed } from "../../rootfs/recipe.js";

/** Milliseconds. */
const buildTimeout = 20 * 60_000;
const importTimeout = 5 * 60_000;

/** The image of today's recipe, which all labs share: "k3s-lab/node:ca5c1de3e363". */
export function nodeImage(): string {
  return `k3s-lab/node:${recipeKey()}`;
}

export async function hasImage(): Promise<boolean> {
  return (await inspect("image", nodeImage())) !== undefined;
}

/**
 * Makes the nodes' image: from the root file system of Linux containers where this host has it or root may build it, or else in
 * a container of Debian. An image has its name only once it is whole.
 */
export async function makeImage(base: string, install: InstallOptions["install"], context: Work): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  if (isRoot && !existsSync(rootfsPath()) && mayBuild(install)) {
    const { buildRootfs } = await import("../../rootfs/build-rootfs.js");
    await ensurePrograms(buildPrograms, { install, note: context.progress });
    await buildRootfs(context);
  }
  if (isRoot && existsSync(rootfsPath())) await importRootfs(context);
  else await buildInContainer(base, context);
}

/** Whether mmdebstrap is here, or may be installed. */
function mayBuild(install: InstallOptions["install"]): boolean {
  return buildPrograms.every(({ name }) => isInstalled(name)) || mayInstall(install);
}

async function importRootfs({ signal, progress }: Work): Promise<void> {
  progress("image: importing the root file system");
  try {
    await importOf('tar --create --numeric-owner --directory "$0" .', rootfsPath(), signal);
  } catch (cause) {
    signal.throwIfAborted();
    throw notMade(`the root file system ${rootfsPath()}`, cause, "Fix what Docker names, then run the command again.");
  }
}

/** Makes the image of the archive that a command of the shell prints; $0 in it is the operand. */
async function importOf(command: string, operand: string, signal: AbortSignal): Promise<void> {
  // By a pipe, whose first half may fail, too.
  const script = `set -o pipefail; ${command} | "$@"`;
  const importing = [program, "import", "-", nodeImage()];
  await run("bash", ["--norc", "-c", script, operand, ...importing], {
    signal,
    timeout: importTimeout,
    env: ownChoices,
  });
}

/** Installs the packages in a container of the base image, which Docker pulls, and flattens what has come of it. */
async function buildInContainer(base: string, { signal, progress }: Work): Promise<void> {
  const name = `k3s-lab-building-${recipeKey()}-${process.pid}`;
  try {
    progress(`image: installing packages in a container of ${base}`);
    // On the host's network, whose resolver and routes lead to the mirrors that the host itself reaches.
    await docker(["run", "--interactive", "--network", "host", "--name", name, base, "sh", "-es"], {
      input: recipeScript(),
      secrets: secretsInUrls(Object.values(proxiesForApt())),
      signal,
      timeout: buildTimeout,
      onLine: new PackageProgress("image", progress).line,
    });
    progress("image: importing");
    await importOf(`${program} export "$0"`, name, signal);
  } catch (cause) {
    signal.throwIfAborted();
    throw notMade(
      base,
      cause,
      `Check that Docker can pull ${base} and that its containers reach Debian's mirrors; or name a local image with Debian 12 (machines.docker.image); or build the root file system as root: sudo npm run lab:fetch.`,
    );
  } finally {
    await docker(["rm", "--force", "--volumes", name], { answers: "any" });
  }
}

/** The line of what was printed that tells why: Docker's own, after which it names its help, or the last one of a program in it. */
function reasonIn(printed: string): string {
  const lines = printed.trim().split("\n");
  const own = lines.findLast((line) => line.startsWith("docker: "));
  return own?.replace(/^docker: (?:Error response from daemon: )?/, "").replace(/\.$/, "") ?? lines.at(-1) ?? "";
}

/** @internal */
export function notMade(from: string, cause: unknown, remedy: string): Problem {
  const said = cause instanceof CommandFailed ? reasonIn(cause.stderr) : messageOf(cause);
  const isFull = /no space left on device/i.test(said);
  return new Problem("LAB-DKR-006", "image of the nodes", `could not be made from ${from}: ${said}`, {
    remedy: isFull ? "Make room where Docker keeps its images: `docker system df` shows what takes it." : remedy,
    cause,
  });
}

/** What makes the root file system of the recipe out of a Debian, by standard input: the URL of a proxy may hold a password. */
function recipeScript(): string {
  const proxies = Object.entries(proxiesForApt()).map(([name, value]) => `export ${name}=${shellWord(value)}`);
  const targets = Object.keys(links);
  const made = [...Object.keys(files), ...targets].map(shellWord).join(" ");
  return [
    ...proxies,
    "export DEBIAN_FRONTEND=noninteractive",
    "apt-get update",
    `apt-get install --yes --no-install-recommends ${packages.join(" ")}`,
    "apt-get clean",
    "rm -rf /var/lib/apt/lists/* /usr/share/doc/* /usr/share/man/* /usr/share/info/*",
    `rm -f ${[...removed, ...targets].map(shellWord).join(" ")} 2>/dev/null || :`,
    `for file in ${made}; do mkdir -p "$(dirname "$file")"; done`,
    ...Object.entries(files).map(([path, content]) => `printf %s ${shellWord(content)} >${shellWord(path)}`),
    ...Object.entries(links).map(([path, target]) => `ln -s ${shellWord(target)} ${shellWord(path)}`),
    "",
  ].join("\n");
}
