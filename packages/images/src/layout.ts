// What OCI layouts are made of, in a folder and in an archive.
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A descriptor of content that is at hand. */
export interface Blob {
  readonly mediaType: string;
  /** "sha256:..." */
  readonly digest: string;
  readonly size: number;
}

export function blobOf(mediaType: string, content: Uint8Array): Blob {
  return { mediaType, digest: digestOf(content), size: content.length };
}

export function digestOf(content: Uint8Array): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/** Returns where a layout has a blob, in its folder or archive. */
export function pathOf(digest: string): string {
  return `blobs/${digest.replace(":", "/")}`;
}

export function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** Returns the two tables of a layout, by their names: its version, and what it is asked for. */
export function tables(manifests: readonly object[]): readonly { readonly name: string; readonly content: Buffer }[] {
  return [
    { name: "oci-layout", content: json({ imageLayoutVersion: "1.0.0" }) },
    { name: "index.json", content: json({ schemaVersion: 2, manifests }) },
  ];
}

export async function writeTables(folder: string, manifests: readonly object[]): Promise<void> {
  for (const { name, content } of tables(manifests)) await writeFile(join(folder, name), content);
}
