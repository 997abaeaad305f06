import { existsSync } from "node:fs";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import type { Program } from "@k3s-lab/host";
import { type OpenDisks, storePath } from "@k3s-lab/machines";
import { Problem } from "@k3s-lab/problem";

/** What copies the store of a lab in Linux containers by SQLite's own backup. */
export const storePrograms: readonly Program[] = [
  { name: "sqlite3", package: "sqlite3", why: "backs up the cluster's store" },
];

/** What of the disk holds the store: left out of the archive where it was backed up. */
export const storeFiles = `${storePath}*`;

/** Returns the store's file where this host can read it: in Docker's volumes it cannot. */
export function storeOf(disks: OpenDisks, server: string): string | undefined {
  const file = disks.pathOf(server, storePath);
  return file !== undefined && existsSync(file) ? file : undefined;
}

/**
 * Copies the store of a server that stands still, by SQLite's backup: what was committed, and nothing of a transaction that was
 * not. Where only Docker can read it, it is archived with the disk, as a power cut would leave it: the file with its log.
 */
export async function backUpStore(store: string, folder: string, server: string, signal: AbortSignal): Promise<void> {
  // Relative: the program reads quotes in its own way.
  await run("sqlite3", ["-readonly", store, `.backup ${server}.store`], { cwd: folder, signal });
}

/** Reads a copy of the store in full. Throws where it is damaged. */
export async function checkStore(folder: string, server: string, signal: AbortSignal): Promise<void> {
  const file = join(folder, `${server}.store`);
  const { stdout } = await run("sqlite3", [file, "PRAGMA quick_check"], { signal, timeout: 5 * 60_000 });
  if (stdout === "ok") return;
  throw new Problem("LAB-SNP-006", `${server}'s store`, `is damaged, as SQLite says: ${stdout.split("\n")[0]}`, {
    remedy: "Restore an earlier snapshot; this one was not kept.",
  });
}
