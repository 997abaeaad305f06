import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeTar } from "@k3s-lab/images";
import { type Arch, hostArch, sumsFile } from "../src/arch.js";
import type { Extent } from "@k3s-lab/steps";
import type { Log } from "../src/release.js";

export const arch: Arch = hostArch();
export const version = "v1.34.4+k3s1";
export const images = `k3s-airgap-images-${arch.name}.tar`;

/** A program that answers as k3s does, and is large enough for a connection to be cut in the middle of it. */
export const fakeK3s = (output = version): string => `#!/bin/sh
case "$1" in
  --version) echo "k3s version ${output} (c6017918)" ;;
  kubectl) mkdir -p "$K3S_DATA_DIR/data/unpacked" && touch "$K3S_DATA_DIR/data/unpacked/$2" && cat "$K3S_CONFIG_FILE" ;;
esac
exit 0
${"# padding\n".repeat(300_000)}`;

export const imageArchive = (...names: readonly string[]): Buffer =>
  writeTar([
    { name: "layer", content: Buffer.alloc(2000) },
    { name: "manifest.json", content: Buffer.from(JSON.stringify([{ RepoTags: names }])) },
  ]);

export interface ReleaseFolder {
  /** Holds a folder `release` and a folder `cache`, which is the cache of this process for the while. */
  readonly root: string;
  readonly dir: string;
  readonly cache: string;
  put(name: string, content: string | Buffer, mode?: number): void;
  /** Writes the sum file again, for the files that exist. */
  sum(...names: readonly string[]): void;
  remove(): void;
}

export function makeRelease(): ReleaseFolder {
  const root = mkdtempSync(join(tmpdir(), "k3s-lab-release-"));
  const [dir, cache] = [join(root, "release"), join(root, "cache")];
  mkdirSync(dir);
  process.env.K3S_LAB_CACHE = cache;
  const put = (name: string, content: string | Buffer, mode = 0o644) =>
    writeFileSync(join(dir, name), content, { mode });
  const sum = (...names: readonly string[]) => {
    const lines = names.map((name) => `${sha256(readFileSync(join(dir, name)))}  ${name}\n`);
    put(sumsFile(arch), lines.join(""));
  };
  put(arch.binary, fakeK3s(), 0o755);
  put(images, imageArchive("docker.io/rancher/mirrored-pause:3.6", "registry:3.1.2"));
  sum(arch.binary, images);
  return { root, dir, cache, put, sum, remove: () => rmSync(root, { recursive: true }) };
}

export const sha256 = (content: string | Buffer): string => createHash("sha256").update(content).digest("hex");

/** Keeps what it is told. */
export function listen(): Log & {
  readonly notes: string[];
  readonly progressed: string[];
  readonly extents: Extent[];
} {
  const [notes, progressed, extents]: [string[], string[], Extent[]] = [[], [], []];
  return {
    notes,
    progressed,
    extents,
    note: (text) => notes.push(text),
    progress(text, extent) {
      progressed.push(text);
      if (extent !== undefined) extents.push(extent);
    },
  };
}

/** What an attempt is refused with. */
export async function refusal(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => "it was not refused",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}
