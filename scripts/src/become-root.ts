import { fileURLToPath } from "node:url";
import type { Lab } from "@k3s-lab/lab";
import { isDockers, requireRootFor } from "@k3s-lab/machines/require-root";

const asRoot = fileURLToPath(new URL("as-root.js", import.meta.url));

/**
 * Sees to it that root runs a command on a lab that needs root. Where the lab is Docker's, the user's command is run once more
 * as root through Docker: resolves with its exit code then, and the caller has nothing left to do. Resolves with undefined where
 * this process may go on. Throws where only another user may.
 */
export async function becomeRoot(lab: Lab, script: string): Promise<number | undefined> {
  const isUsers = process.platform === "linux" && process.getuid?.() !== 0 && isDockers(lab);
  if (!isUsers) {
    requireRootFor(lab, script);
    return undefined;
  }
  const { expectDocker, runAsRoot } = await import("@k3s-lab/docker");
  await expectDocker();
  const file = fileURLToPath(new URL(`${script.replace("lab:", "")}.js`, import.meta.url));
  const bin = process.env.K3S_LAB_BIN ?? "";
  return runAsRoot([process.execPath, asRoot, String(process.pid), bin, file, ...process.argv.slice(2)]);
}
