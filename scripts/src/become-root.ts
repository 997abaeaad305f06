import { fileURLToPath } from "node:url";
import { missingPrograms } from "@k3s-lab/host";
import { programs } from "@k3s-lab/host-network";
import type { Lab } from "@k3s-lab/lab";
import { isDockers } from "@k3s-lab/machines";

/**
 * Where a lab is Docker's and its host is this one, runs a user's command once more as root through Docker: resolves with its exit
 * code then, and the caller has nothing left to do. Resolves with undefined where this process goes on.
 */
export async function becomeRoot(lab: Lab, script: string): Promise<number | undefined> {
  if (process.platform !== "linux" || process.getuid?.() === 0 || !isDockers(lab)) return undefined;
  const { expectDocker, runAsRoot } = await import("@k3s-lab/docker");
  await expectDocker();
  const image = await imageFor(lab, runAsRoot);
  return runAsRoot(commandOf(script.replace("lab:", ""), process.argv.slice(2)), image);
}

/** Where the host lacks what reads and guards its network: the image whose programs take their place, made if need be. */
async function imageFor(
  { file }: Pick<Lab, "file">,
  runAsRoot: (command: readonly string[]) => Promise<number>,
): Promise<string | undefined> {
  if (missingPrograms(programs).length === 0) return undefined;
  const { hasImage, nodeImage } = await import("@k3s-lab/machines");
  if (!(await hasImage())) await runAsRoot(commandOf("make-image", [file]));
  return (await hasImage()) ? nodeImage() : undefined;
}

function commandOf(name: string, args: readonly string[]): readonly string[] {
  const [asRoot, file] = ["as-root", name].map((each) => fileURLToPath(new URL(`${each}.js`, import.meta.url)));
  return [process.execPath, asRoot ?? "", String(process.pid), process.env.K3S_LAB_BIN ?? "", file ?? "", ...args];
}
