import { Problem } from "@k3s-lab/problem";

/** Refuses what only root can see; the rules that depend on it are then reported as not checked. */
export function needRoot(what: string): void {
  if (process.getuid?.() !== 0) throw new Problem("LAB-DOC-008", "doctor", `${what} needs root`);
}
