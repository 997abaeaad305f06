import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isRunning, run } from "@k3s-lab/exec";
import { Problem } from "@k3s-lab/problem";
import type { Work } from "@k3s-lab/steps";
import { runCommand } from "../drivers/enter.js";
import { list, rootfsDir } from "../places.js";
import { checkOverlay } from "./check-overlay.js";
import { debianSource } from "./debian-source.js";
import { PackageProgress } from "./package-progress.js";
import { rootfsPath } from "./path.js";
import { buildCommand, files, links, removed } from "./recipe.js";

const buildTimeout = 20 * 60_000;

/** Builds beside its place and renames, so that what stands under a key is always whole. */
export async function buildRootfs({ signal, progress }: Work, dir = rootfsDir): Promise<void> {
  mkdirSync(dir, { recursive: true, mode: 0o755 });
  await checkOverlay(dir);
  await removeUnfinished(dir);
  const path = rootfsPath(dir);
  const building = `${path}.building-${process.pid}`;
  progress("root file system: asking for packages");
  const { lines, env, secrets, host } = await debianSource();
  const packages = new PackageProgress("root file system", progress);
  try {
    await runCommand(buildCommand(building, lines), {
      input: lines.join("\n"),
      signal,
      timeout: buildTimeout,
      env,
      secrets,
      onLine: (line) => {
        const step = progressOf(line);
        if (step !== undefined) progress(`root file system: ${step}`);
        packages.line(line);
      },
    });
  } catch (cause) {
    await removeDir(building);
    const remedy = `Check that ${host} can be reached, then run the command again. It is reached through the proxies of apt's configuration and of the environment.`;
    const what = `could not be built: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new Problem("LAB-MCH-011", "root file system", what, { remedy, cause });
  }
  finish(building);
  if (existsSync(path)) await removeDir(building); // Another lab was quicker.
  else renameSync(building, path);
}

/** mmdebstrap's "I: installing essential packages...", without what it reports of its own workings. */
export function progressOf(line: string): string | undefined {
  return /^I: ((?:running apt-get update|downloading|extracting|installing|cleaning).*?)\.*$/.exec(line)?.[1];
}

/** Our own files go over what the packages brought. */
export function finish(root: string): void {
  const targets = Object.keys(links);
  for (const path of [...removed, ...targets]) rmSync(join(root, path), { force: true });
  for (const path of [...Object.keys(files), ...targets]) mkdirSync(dirname(join(root, path)), { recursive: true });
  for (const [path, content] of Object.entries(files)) writeFileSync(join(root, path), content, { mode: 0o644 });
  for (const [path, target] of Object.entries(links)) symlinkSync(target, join(root, path));
}

/** What killed builds have left. */
async function removeUnfinished(dir: string): Promise<void> {
  for (const name of list(dir)) {
    const pid = /\.building-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) await removeDir(join(dir, name));
  }
}

async function removeDir(path: string): Promise<void> {
  await run("rm", ["-rf", "--one-file-system", "--", path]);
}
