import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import { imageIn } from "./layout-image.js";

/** Milliseconds. */
const timeout = 60 * 60_000;

/**
 * Makes an archive, which a node can import, of the image of an OCI layout, under full names: on a host without skopeo. The layout is
 * changed by that.
 */
export async function archiveLayout(
  folder: string,
  names: readonly string[],
  archive: string,
  signal?: AbortSignal,
): Promise<void> {
  // The name of the annotation alone tells containerd what it is called.
  const manifests = names.map((name) => ({
    ...imageIn(folder, false),
    annotations: { "io.containerd.image.name": name, "org.opencontainers.image.ref.name": name.replace(/^.*:/, "") },
  }));
  writeFileSync(join(folder, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
  // Blobs of a folder are links to it.
  const args = [
    "--create",
    "--dereference",
    "--file",
    archive,
    "--directory",
    folder,
    "oci-layout",
    "index.json",
    "blobs",
  ];
  await run("tar", args, { timeout, signal });
}
