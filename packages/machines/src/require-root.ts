import { exitCode, Problem } from "@k3s-lab/lab";

/** Linux containers are the kernel's own: only root may make, see or end them. */
export function requireRoot(command: "lab:up" | "lab:down" | "lab:fetch" | "lab:plan"): void {
  if (process.getuid?.() === 0) return;
  throw new Problem("host", "machines in Linux containers need root, and this is another user", {
    remedy: `Run: sudo npm run ${command}`,
    exitCode: exitCode.hostLacks,
  });
}
