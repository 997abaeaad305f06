import { existsSync, readFileSync } from "node:fs";
import { run } from "@k3s-lab/exec";
import { Problem } from "@k3s-lab/problem";
import writeFileAtomic from "write-file-atomic";
import { hostFiles } from "./files.js";

const installTimeout = 15 * 60_000;

/** What a package switches on by itself and a lab does not want: a word in one of its files. */
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
    await run("flock", [hostFiles.aptLock, "sh", "-c", installScript, "install", ...packages], {
      env: { DEBIAN_FRONTEND: "noninteractive" },
      timeout: installTimeout,
    });
  } catch (cause) {
    const what = `apt-get could not install ${packages.join(", ")}: ${cause instanceof Error ? cause.message : ""}`;
    const remedy = `Run it by hand to see more: ${installCommand(packages)}`;
    throw new Problem("LAB-HST-001", "host", what, { remedy, cause });
  }
  // Only where the package came with us: what somebody else installed may be in use.
  for (const { file, on, off } of fresh) {
    if (existsSync(file)) writeFileAtomic.sync(file, readFileSync(file, "utf8").replace(on, off));
  }
}

/**
 * Debian's way to install without starting services is a policy program that says 101 ("not allowed"); one that the
 * host has already is left alone. Package lists are fetched only where the ones at hand do not do.
 */
export const installScript = `
policy=${hostFiles.servicePolicy}
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' INT TERM HUP
fi
get() { apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=600 -o Dpkg::Options::=--force-confold "$@"; }
get install "$@" && exit 0
get update && get install "$@"
`;
