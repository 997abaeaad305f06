import { Problem } from "@k3s-lab/problem";

/** For what only root can see: the rules that want it say so. */
export function needRoot(what: string): void {
  if (process.getuid?.() === 0) return;
  throw new Problem("LAB-DOC-008", "doctor", `${what} needs root`);
}
