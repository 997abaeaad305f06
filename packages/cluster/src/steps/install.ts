import { join } from "node:path";
import type { ContributedImage } from "@k3s-lab/stages";
import { type Action, type Step, step } from "@k3s-lab/steps";
import { labNodeFiles, nodeFiles } from "../files.js";
import type { NodeSeen } from "../node/node-seen.js";
import type { Nodes } from "../node/nodes.js";
import { nameOfRelease } from "../foresee-release.js";
import type { Foreseen, ReleaseFile } from "@k3s-lab/k3s-source";

/** The binary, its links and the image archives on every machine; large files are known by size and recorded sum. */
export function installStep(nodes: Nodes, release: Foreseen, contributed: readonly ContributedImage[]): Step {
  return step<ReadonlyMap<string, NodeSeen>>({
    id: "install-k3s",
    title: "Install K3s",
    parallel: true,
    observe: ({ signal }) => nodes.seeAll(signal),
    plan: (seen) =>
      [...seen].flatMap(([name, node]) => {
        const wanted = releaseFor(name, release, contributed);
        const lacking = lackingFiles(wanted, node);
        const obsolete = obsoleteArchives(wanted, node);
        if (lacking.length + obsolete.length === 0 && hasLinks(node)) return [];
        return [install(nodes, name, wanted, lacking, obsolete)];
      }),
  });
}

/** K3s imports each archive when it starts for the first time: a node gets none of what only other nodes run. */
function releaseFor(node: string, release: Foreseen, contributed: readonly ContributedImage[]): Foreseen {
  const others = new Set(contributed.filter((each) => each.node !== node).map(({ image }) => image));
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
    { file: binary, path: nodeFiles.binary, mode: 0o755 },
    ...archives.map((file) => ({ file, path: `${nodeFiles.images}/${file.name}`, mode: 0o644 })),
  ];
}

function lackingFiles(release: Foreseen, seen: NodeSeen): readonly Placed[] {
  return placed(release).filter(
    ({ file, path }) => seen.sizes.get(path) !== file.size || seen.installed.get(path) !== file.sha256,
  );
}

/** Archives that an earlier release of the lab brought; others in the folder are somebody's own. */
function obsoleteArchives(release: Foreseen, seen: NodeSeen): readonly string[] {
  const wanted = new Set(placed(release).map(({ path }) => path));
  return [...seen.installed.keys()].filter((path) => !wanted.has(path) && seen.sizes.has(path));
}

const hasLinks = ({ links }: NodeSeen): boolean => nodeFiles.links.every((link) => links.get(link) === "k3s");

function install(
  nodes: Nodes,
  name: string,
  release: Foreseen,
  lacking: readonly Placed[],
  obsolete: readonly string[],
): Action {
  return {
    sentence: sentence(name, release, lacking, obsolete),
    run: async ({ signal }) => {
      const { driver } = nodes;
      const folders = [nodeFiles.images, "/usr/local/bin", "/etc/rancher/k3s"];
      await driver.exec(name, ["sh", "-c", prepareScript(folders, obsolete)], { signal });
      for (const { file, path, mode } of lacking) {
        signal.throwIfAborted();
        await driver.copyIn(name, join(release.folder, file.name), path, { mode });
      }
      await driver.write(name, labNodeFiles.installed, installedRecord(release), { mode: 0o644 });
      nodes.forget(name);
    },
  };
}

/** In the form of `sha256sum -c`, so that a person can check it. */
function installedRecord(release: Foreseen): string {
  return placed(release)
    .map(({ file, path }) => `${file.sha256}  ${path}\n`)
    .join("");
}

function prepareScript(folders: readonly string[], obsolete: readonly string[]): string {
  return [
    `mkdir -p ${folders.join(" ")}`,
    ...(obsolete.length === 0 ? [] : [`rm -f ${obsolete.join(" ")}`]),
    ...nodeFiles.links.map((link) => `ln -sfn k3s ${link}`),
  ].join(" && ");
}

function sentence(name: string, release: Foreseen, lacking: readonly Placed[], obsolete: readonly string[]): string {
  if (lacking.length === 0 && obsolete.length > 0) return `${name}: remove ${counted(obsolete.length)}`;
  const archives = lacking.filter(({ path }) => path !== nodeFiles.binary).length;
  const parts = [
    ...(lacking.length > archives ? [nameOfRelease(release)] : []),
    ...(archives > 0 ? [counted(archives)] : []),
  ];
  return `${name}: install ${parts.length === 0 ? "the links to k3s" : parts.join(" and ")}`;
}

const counted = (archives: number): string => `${archives} image archive${archives === 1 ? "" : "s"}`;
