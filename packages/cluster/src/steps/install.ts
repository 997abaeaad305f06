import { basename, join } from "node:path";
import type { ContributedImage } from "@k3s-lab/stages";
import type { Action, Step, Work } from "@k3s-lab/steps";
import { labPaths, k3sPaths } from "../paths.js";
import type { NodeSeen } from "../node/node-seen.js";
import { type Nodes, perNode } from "../node/nodes.js";
import { shellArgv } from "../shell.js";
import { type Foreseen, nameOfRelease, provisoOf, type ReleaseFile, unpackedOnHost } from "@k3s-lab/k3s-source";

export interface Installing {
  readonly images: readonly ContributedImage[];
  /** The first server, whose authority is made along; undefined where K3s is to make it. */
  readonly server: string | undefined;
}

/**
 * The binary, its links and the image archives on every machine, and the server's authority; large files are known by
 * size and recorded sum. A node that has joined with another K3s gets this one in its turn, by a step of the roll-out.
 */
export function installStep(nodes: Nodes, release: Foreseen, { images, server }: Installing): Step {
  return perNode(nodes, {
    id: "install-k3s",
    title: "Install K3s",
    plan(name, seen, all) {
      const wanted = releaseFor(name, release, images);
      const isToUpgrade = needsUpgrade(seen, release.binary);
      const missing = isToUpgrade ? [] : missingFiles(wanted, seen);
      const obsolete = isToUpgrade ? [] : obsoleteArchives(wanted, seen);
      const hasLinks = k3sPaths.links.every((link) => seen.links.get(link) === "k3s");
      // A server that lost its disk gets the authority of the others.
      const lacksAuthority = name === server && !nodes.servers.some((each) => all.get(each)?.isBegun);
      if (missing.length + obsolete.length === 0 && hasLinks && !lacksAuthority) return undefined;
      return {
        on: name,
        ...whatFor(name, wanted, missing, obsolete, hasLinks),
        run: async ({ signal, progress }) => {
          if (lacksAuthority) {
            await nodes.driver.exec(name, [...shellArgv("make-authority"), k3sPaths.server], { signal });
          }
          await install(nodes, name, wanted, { missing, obsolete }, { signal, progress });
          if (!isToUpgrade) await recordInstalled(nodes, name, placed(wanted));
        },
      };
    },
  });
}

/** Tells whether a node has joined the cluster with another K3s than it should have by now. */
export function needsUpgrade(
  { hasPassword, installed }: Pick<NodeSeen, "hasPassword" | "installed">,
  wanted: { readonly sha256: string },
): boolean {
  const former = installed.get(k3sPaths.binary);
  return hasPassword && former !== undefined && former !== wanted.sha256;
}

/**
 * Puts everything of a release on a node that is upgraded. What is recorded as installed stays as it was until the node was seen
 * to run it: a run that is interrupted before is taken up by the next one.
 */
export async function installUpgrade(
  nodes: Nodes,
  name: string,
  release: Foreseen,
  { images }: Pick<Installing, "images">,
  { seen, ...work }: Work & { readonly seen: NodeSeen },
): Promise<{ readonly record: () => Promise<void> }> {
  const wanted = releaseFor(name, release, images);
  const missing = missingFiles(wanted, seen);
  await install(nodes, name, wanted, { missing, obsolete: obsoleteArchives(wanted, seen) }, work);
  return { record: () => recordInstalled(nodes, name, placed(wanted)) };
}

/** Brings the images of another release to a node whose K3s goes on for now: pods of the new version may come before its turn. */
export async function installImages(
  nodes: Nodes,
  name: string,
  release: Foreseen,
  { images }: Pick<Installing, "images">,
  { seen, ...work }: Work & { readonly seen: NodeSeen },
): Promise<void> {
  const wanted = releaseFor(name, release, images);
  const missing = missingFiles(wanted, seen).filter(({ path }) => path !== k3sPaths.binary);
  if (missing.length === 0) return;
  await install(nodes, name, wanted, { missing, obsolete: [] }, work);
  await recordInstalled(nodes, name, missing, seen.installed);
  // K3s would look for them at its next start only. One that does not run does so then.
  for (const [done, { file, path }] of missing.entries()) {
    work.progress(`${name}: importing ${file.name}`, { of: name, done, total: missing.length, unit: "files" });
    const command = ["ctr", "--namespace", "k8s.io", "images", "import", path];
    await nodes.driver.exec(name, command, { signal: work.signal, answers: "any" });
  }
}

/** K3s imports each archive when it starts for the first time: a node gets none of what only other nodes run. */
function releaseFor(node: string, release: Foreseen, contributed: readonly ContributedImage[]): Foreseen {
  const own = new Set(contributed.filter((each) => each.node === node).map(({ image }) => image));
  const others = new Set(contributed.map(({ image }) => image).filter((image) => !own.has(image)));
  const archives = release.archives.filter(
    ({ images = [] }) => images.length === 0 || !images.every((image) => others.has(image)),
  );
  return { ...release, archives };
}

interface Placed {
  readonly file: ReleaseFile;
  readonly path: string;
  readonly mode: number;
}

/** Every large file of a release and its place on a node. */
function placed({ binary, archives }: Foreseen): readonly Placed[] {
  return [
    { file: binary, path: k3sPaths.binary, mode: 0o755 },
    ...archives.map((file) => ({ file, path: `${k3sPaths.images}/${file.name}`, mode: 0o644 })),
  ];
}

function missingFiles(release: Foreseen, seen: NodeSeen): readonly Placed[] {
  return placed(release).filter(
    ({ file, path }) => seen.sizes.get(path) !== file.size || seen.installed.get(path) !== file.sha256,
  );
}

/** Archives that an earlier release of the lab brought; others in the folder were put there by hand. */
function obsoleteArchives(release: Foreseen, seen: NodeSeen): readonly string[] {
  const wanted = new Set(placed(release).map(({ path }) => path));
  return [...seen.installed.keys()].filter((path) => !wanted.has(path) && seen.sizes.has(path));
}

async function install(
  { driver }: Nodes,
  name: string,
  release: Foreseen,
  { missing, obsolete }: { readonly missing: readonly Placed[]; readonly obsolete: readonly string[] },
  { signal, progress }: Work,
): Promise<void> {
  const prepare = [
    `mkdir -p ${k3sPaths.images} /usr/local/bin /etc/rancher/k3s`,
    ...(obsolete.length === 0 ? [] : [`rm -f ${obsolete.join(" ")}`]),
    ...k3sPaths.links.map((link) => `ln -sfn k3s ${link}`),
  ];
  await driver.exec(name, ["sh", "-c", prepare.join(" && ")], { signal });
  if (driver.linkIn) {
    // What K3s would unpack at its first start, in every machine.
    const unpacked = await unpackedOnHost(release);
    if (unpacked !== undefined) await driver.linkIn(name, unpacked, `${k3sPaths.data}/${basename(unpacked)}`);
  }
  const total = sizeOf(missing);
  for (const [index, { file, path, mode }] of missing.entries()) {
    signal.throwIfAborted();
    const before = sizeOf(missing.slice(0, index));
    const copied = (bytes: number) =>
      progress(`${name}: copying ${file.name}`, { done: before + bytes, total, unit: "bytes" });
    copied(0);
    const hostPath = join(release.folder, file.name);
    const isLinked = isOfCache(release) && (await driver.linkIn?.(name, hostPath, path));
    if (isLinked !== true) await driver.copyIn(name, hostPath, path, { mode, copied });
  }
  if (total > 0) progress(`${name}: everything is copied`, { done: total, total, unit: "bytes" });
}

/** `before`: what is recorded of other files, and stays. */
async function recordInstalled(
  { driver }: Nodes,
  name: string,
  files: readonly Placed[],
  before: ReadonlyMap<string, string> = new Map(),
): Promise<void> {
  const sums = new Map([...before, ...files.map(({ file, path }) => [path, file.sha256] as const)]);
  // In the form of `sha256sum -c`, so that a person can check it.
  const lines = [...sums].map(([path, sum]) => `${sum}  ${path}\n`);
  await driver.write(name, labPaths.installed, lines.join(""), { mode: 0o644 });
}

/** Returns how many bytes files have together. */
function sizeOf(files: readonly Placed[]): number {
  return files.reduce((sum, { file }) => sum + file.size, 0);
}

/** Whether a release's files are the cache's, which replaces them and never writes into them; others are their owner's. */
function isOfCache({ source }: Foreseen): boolean {
  return source === "modules" || source === "release";
}

/** Words what is to be installed: the same, whether the release is in the cache yet or only known by its name. */
function whatFor(
  name: string,
  release: Foreseen,
  missing: readonly Placed[],
  obsolete: readonly string[],
  hasLinks: boolean,
): Pick<Action, "kind" | "sentence" | "provided"> {
  if (missing.some(({ path }) => path === k3sPaths.binary)) {
    return { kind: "make", sentence: `${name}: install ${nameOfRelease(release)}`, provided: provisoOf(release) };
  }
  if (missing.length > 0) return { kind: "make", sentence: `${name}: install ${counted(missing.length)}` };
  if (obsolete.length > 0) return { kind: "remove", sentence: `${name}: remove ${counted(obsolete.length)}` };
  return {
    kind: "make",
    sentence: `${name}: ${hasLinks ? "make the cluster's certificate authority" : "install the links to k3s"}`,
  };
}

function counted(archives: number): string {
  return `${archives} image archive${archives === 1 ? "" : "s"}`;
}
