import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readText } from "@k3s-lab/host";
import { cidrSchema } from "@k3s-lab/host-network/record";
import { sharedDisk } from "@k3s-lab/machines";
import { Problem } from "@k3s-lab/problem";
import * as v from "valibot";
import { snapshotFiles, snapshotsDir } from "./places.js";

const schema = v.object({
  schema: v.literal(1),
  name: v.string(),
  /** The lab's name and id. */
  lab: v.string(),
  labId: v.string(),
  /** When its machines stood still: "2026-11-30T17:06:44.000Z". */
  taken: v.string(),
  /** Milliseconds for which they did; 0 where none of them ran. */
  frozen: v.number(),
  driver: v.picklist(["lxc", "docker"]),
  arch: v.string(),
  versions: v.object({ k3sLab: v.string(), k3s: v.string() }),
  subnet: cidrSchema,
  podCidr: cidrSchema,
  serviceCidr: cidrSchema,
  nodes: v.array(v.object({ name: v.string(), role: v.picklist(["server", "agent"]), address: v.string() })),
  /** Of several servers: the address of their API. */
  sharedAddress: v.exactOptional(v.string()),
  files: v.array(v.object({ name: v.string(), bytes: v.number(), sha256: v.string() })),
});

/** What is known of a snapshot without unpacking it. */
export type Manifest = v.InferOutput<typeof schema>;

/** Returns the names of the disks that a snapshot of these nodes has. */
export function disksIn(nodes: readonly Pick<Manifest["nodes"][number], "name" | "role">[]): readonly string[] {
  const names = nodes.map(({ name }) => name);
  return serversIn(nodes).length > 1 ? [...names, sharedDisk] : names;
}

/** Returns the servers among nodes. */
export function serversIn<Node extends { readonly role: "server" | "agent" }>(nodes: readonly Node[]): readonly Node[] {
  return nodes.filter(({ role }) => role === "server");
}

/** Reads the manifest in a snapshot's folder. Throws where there is none, or it cannot be read. */
export function readManifest(folder: string, named: string): Manifest {
  const file = join(folder, snapshotFiles.manifest);
  const text = readText(file);
  if (text === undefined) {
    throw new Problem("LAB-SNP-004", named, "is no snapshot, expected one of this user's, or the folder of one", {
      remedy: "`npm run lab:snapshots` lists them.",
    });
  }
  const manifest = parse(text);
  if (manifest !== undefined) return manifest;
  throw new Problem("LAB-SNP-006", file, "cannot be read, expected the manifest of a snapshot of this release", {
    remedy: "Use the k3s-lab that took it, or copy the snapshot again.",
  });
}

/** A snapshot in the list; without a manifest it is damaged. */
export interface ListedSnapshot {
  readonly name: string;
  readonly manifest?: Manifest | undefined;
}

/** Lists the snapshots of a folder, the latest last. What is still being written is none. */
export function listSnapshots(dir = snapshotsDir()): readonly ListedSnapshot[] {
  const listed = namesIn(dir).map((name) => ({
    name,
    manifest: parse(readText(join(dir, name, snapshotFiles.manifest)) ?? ""),
  }));
  return listed.toSorted((one, other) => (one.manifest?.taken ?? "").localeCompare(other.manifest?.taken ?? ""));
}

export function bytesOf({ files }: Pick<Manifest, "files">): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

function namesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

function parse(text: string): Manifest | undefined {
  try {
    return v.parse(schema, JSON.parse(text));
  } catch {
    return undefined;
  }
}
