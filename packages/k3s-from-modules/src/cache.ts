import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isRunning } from "@k3s-lab/exec";

/** Runs `make` in a directory beside `target` and moves what it returns there: `target` is complete or absent. */
export async function makeOnce(target: string, make: (work: string) => Promise<string>): Promise<void> {
  const root = dirname(target);
  await mkdir(root, { recursive: true });
  await removeLeftovers(root);
  const work = await mkdtemp(join(root, `.build-${process.pid}-`));
  try {
    const made = await make(work);
    await rename(made, target).catch(async (error: unknown) => {
      if (!existsSync(target)) throw error; // Otherwise another build was faster, with the same bytes.
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Finds a build of the same sources, whatever tools made it. */
export async function anyBuild(root: string, sources: string): Promise<string | undefined> {
  const names = await readdir(root).catch(() => []);
  const found = names.find((name) => name.startsWith(`${sources}-`));
  return found && join(root, found);
}

/** Removes the work directories of builds that were killed. */
async function removeLeftovers(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const pid = /^\.build-(\d+)-/.exec(name)?.[1];
    if (pid && !isRunning(Number(pid))) await rm(join(root, name), { recursive: true, force: true });
  }
}
