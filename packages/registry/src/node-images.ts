import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import { Problem } from "@k3s-lab/problem";
import type { Progress } from "@k3s-lab/steps";
import { k3sOnNode } from "./names.js";
import type { Nodes } from "./world.js";

/** Milliseconds. An image of some gigabytes is unpacked for minutes by a slow disk. */
const importTimeout = 15 * 60_000;
const lookTimeout = 20_000;

/** ctr, in the namespace that the kubelet's images are in. */
export const ctrImages = [k3sOnNode, "ctr", "--namespace", "k8s.io", "images"] as const;

/** An image as a node has it. */
export interface NodeImage {
  /** Its names, by tag or, where it has none, by digest: "docker.io/library/hello:1". */
  readonly references: readonly string[];
  /** "sha256:..." of its configuration. */
  readonly id: string;
  readonly bytes: number;
}

/** An archive of images that is to be imported. */
interface Importing {
  /** The same archive on the host, by which its size is known. */
  readonly archive: string;
  readonly progress?: Progress;
  readonly signal?: AbortSignal | undefined;
}

/** Tells that an archive is being copied to a node; returns what tells of its bytes. */
export function copyingTo(node: string, archive: string, what: string, progress: Progress): (bytes: number) => void {
  const total = statSync(archive).size;
  const message = `${node}: copying ${what}`;
  progress(message);
  return (done) => progress(message, { of: `to ${node}`, done, total, unit: "bytes" });
}

/** Imports an archive that lies on the node into its containerd; reports its bytes as they are read. */
export async function importOn(
  node: string,
  path: string,
  nodes: Pick<Nodes, "exec" | "timeoutFactor">,
  { archive, progress, signal }: Importing,
): Promise<void> {
  const script = readFileSync(new URL("../shell/import-archive.sh", import.meta.url), "utf8");
  const total = statSync(archive).size;
  let isRead = false;
  const read = (done: number) => {
    if (isRead) return;
    progress?.(`${node}: importing ${basename(archive)}`, { of: node, done, total, unit: "bytes" });
    isRead = done === total;
    if (isRead) progress?.(`${node}: unpacking ${basename(archive)}`);
  };
  const onLine = (line: string) => {
    const [, position] = /^at (\d+)$/.exec(line) ?? [];
    if (position !== undefined) read(Math.min(Number(position), total));
  };
  const command = ["sh", "-c", script, "import-archive.sh", path, ...ctrImages, "import", "-"];
  await nodes.exec(node, command, { signal, onLine, timeout: importTimeout * nodes.timeoutFactor });
  // What is read and unpacked between two looks was not seen.
  read(total);
}

/** Tells whether the kubelet of a node finds an image by this name. */
export async function hasImage(
  node: string,
  image: string,
  nodes: Pick<Nodes, "exec">,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const inspect = [k3sOnNode, "crictl", "inspecti", image];
  const inspected = nodes.exec(node, inspect, { signal, answers: "any", timeout: lookTimeout });
  return (await inspected.catch(() => undefined))?.exitCode === 0;
}

/** Asks a node for its images. */
export async function imagesOn(
  node: string,
  nodes: Pick<Nodes, "exec">,
  signal: AbortSignal,
): Promise<readonly NodeImage[]> {
  const { stdout } = await nodes.exec(node, [k3sOnNode, "crictl", "images", "-o", "json"], {
    signal,
    timeout: lookTimeout,
  });
  return parseNodeImages(node, stdout);
}

/** Parses what `crictl images -o json` prints: a reply of the CRI, whose large numbers are texts. */
export function parseNodeImages(node: string, text: string): readonly NodeImage[] {
  try {
    const { images } = JSON.parse(text) as { readonly images?: readonly CriImage[] };
    return (images ?? []).map(({ id, repoTags, repoDigests, size }) => ({
      references: (repoTags?.length ?? 0) > 0 ? (repoTags ?? []) : (repoDigests ?? []),
      id,
      bytes: Number(size ?? 0),
    }));
  } catch (cause) {
    throw new Problem("LAB-REG-013", node, "does not tell its images as JSON", { cause });
  }
}

interface CriImage {
  readonly id: string;
  readonly repoTags?: readonly string[] | null;
  readonly repoDigests?: readonly string[] | null;
  readonly size?: string | number;
}
