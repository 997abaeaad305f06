import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { run } from "@k3s-lab/exec";
import { ensurePrograms } from "@k3s-lab/host";
import { rootfsPrograms } from "./programs.js";

/** Milliseconds. */
const buildTimeout = 20 * 60_000;

export interface RootToBuild {
  /** Where it is to be: what lies there is whole. */
  readonly path: string;
  /** Of Debian. */
  readonly suite: string;
  /** Arguments of mmdebstrap. */
  readonly options: readonly string[];
  /** Changes what the packages brought. */
  finish?(root: string): void;
}

/** Builds a root file system of Debian's packages where it is not there yet. */
export async function buildRoot({ path, suite, options, finish }: RootToBuild): Promise<void> {
  if (existsSync(path)) return;
  await ensurePrograms(rootfsPrograms, { install: "auto", note: console.error });
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  const building = `${path}.building-${process.pid}`;
  try {
    const args = ["--mount", "--propagation", "private", "mmdebstrap", ...options, suite, building];
    await run("unshare", args, { timeout: buildTimeout });
    finish?.(building);
    renameSync(building, path);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}
