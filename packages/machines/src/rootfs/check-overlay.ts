import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CommandFailed, run } from "@k3s-lab/exec";
import { Problem } from "@k3s-lab/problem";

/** A home on NFS or an overlay of a container engine cannot carry an overlay: found by making one, not by its name. */
export async function checkOverlay(dir: string): Promise<void> {
  const trial = mkdtempSync(join(dir, ".overlay-"));
  try {
    for (const name of ["lower", "upper", "work", "merged"]) mkdirSync(join(trial, name));
    const mount =
      'mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged && touch "merged/file"';
    await run("unshare", ["--mount", "--propagation", "private", "sh", "-c", mount], { cwd: trial });
  } catch (cause) {
    const why = cause instanceof CommandFailed ? (cause.stderr.split("\n")[0] ?? "") : String(cause);
    throw new Problem("LAB-MCH-012", dir, `is on a file system that cannot carry an overlay (${why})`, {
      remedy: "Mount a file system that can, such as ext4, xfs or btrfs, at /var/lib/k3s-lab.",
      cause,
    });
  } finally {
    rmSync(trial, { recursive: true, force: true });
  }
}
