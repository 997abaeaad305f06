import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { run } from "@k3s-lab/exec";
import { Problem } from "@k3s-lab/problem";
import writeFileAtomic from "write-file-atomic";
import { hostFiles } from "./files.js";
import { proxiesForApt } from "./proxies.js";

const script = fileURLToPath(new URL("../shell/apt-install.sh", import.meta.url));
/** Milliseconds. */
const installTimeout = 15 * 60_000;

/** What a package switches on by itself and a lab does not need: a word in one of its files. */
const switchedOn = [
  // A second bridge with a subnet of its own, from the next boot on.
  { package: "lxc", file: "/etc/default/lxc-net", on: 'USE_LXC_BRIDGE="true"', off: 'USE_LXC_BRIDGE="false"' },
] as const;

export function installCommand(packages: readonly string[]): string {
  return `sudo apt-get update && sudo apt-get install --no-install-recommends -y ${packages.join(" ")}`;
}

/** Installs packages without their recommendations and without starting a service. */
export async function aptInstall(packages: readonly string[]): Promise<void> {
  const fresh = switchedOn.filter(({ file }) => !existsSync(file));
  try {
    await run("flock", [hostFiles.aptLock, "sh", script, hostFiles.servicePolicy, ...packages], {
      env: { DEBIAN_FRONTEND: "noninteractive", ...proxiesForApt() },
      timeout: installTimeout,
    });
  } catch (cause) {
    const what = `apt-get could not install ${packages.join(", ")}: ${cause instanceof Error ? cause.message : ""}`;
    const remedy = `Run it by hand to see more: ${installCommand(packages)}`;
    throw new Problem("LAB-HST-001", "host", what, { remedy, cause });
  }
  // Only where the package was installed here: what was there before may be in use.
  for (const { file, on, off } of fresh) {
    if (existsSync(file)) writeFileAtomic.sync(file, readFileSync(file, "utf8").replace(on, off));
  }
}
