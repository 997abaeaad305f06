import { exitCode, Problem } from "@k3s-lab/lab";

/** Linux containers are the kernel's own: only root may make, see or end them. */
export function requireRoot(script: string): void {
  if (process.getuid?.() === 0) return;
  throw new Problem("host", "machines in Linux containers need root, and this is another user", {
    // sudo's own PATH often lacks a Node that a version manager has installed.
    remedy: `Run: sudo env "PATH=$PATH" npm run ${script}`,
    exitCode: exitCode.hostLacks,
  });
}
