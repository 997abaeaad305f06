import { statfs } from "node:fs/promises";
import { Problem } from "@k3s-lab/problem";

/** Turns what a file system refuses into a sentence; anything else is thrown as it is. */
export function explainDisk(folder: string): (error: unknown) => never {
  return (error) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOSPC" || code === "EDQUOT") throw fullDisk(folder, `no space is left (${code})`, error);
    if (code !== "EACCES" && code !== "EPERM" && code !== "EROFS") throw error;
    throw new Problem("LAB-SRC-007", folder, `cannot be written (${code})`, {
      remedy: "Make it yours with chown, or set K3S_LAB_CACHE to a folder that is.",
      cause: error,
    });
  };
}

/** Before a download, not after most of it. */
export async function refuseSmallDisk(folder: string, missing: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const left = bavail * bsize;
  if (left < missing) throw fullDisk(folder, `${megabytes(missing)} are needed, ${megabytes(left)} are left`);
}

function fullDisk(folder: string, what: string, cause?: unknown): Problem {
  return new Problem("LAB-SRC-008", folder, `the disk is full: ${what}`, {
    remedy: "Make room, or set K3S_LAB_CACHE to a folder on another disk.",
    cause,
  });
}

export function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
