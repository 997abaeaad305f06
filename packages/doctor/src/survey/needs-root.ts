import { exitCode, Problem } from "@k3s-lab/lab";

/** For what only root can see: the rules that want it say so. */
export function needRoot(what: string): void {
  if (process.getuid?.() === 0) return;
  throw new Problem("doctor", `${what} needs root`, { exitCode: exitCode.hostLacks });
}
