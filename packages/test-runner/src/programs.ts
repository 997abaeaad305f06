import { ensurePrograms, type Program } from "@k3s-lab/host";
import { bridgedPrograms, programs as networkPrograms } from "@k3s-lab/host-network";
import { programs as imagePrograms } from "@k3s-lab/images/skopeo";
import { buildPrograms as k3sBuildPrograms } from "@k3s-lab/k3s-source/build";
import { buildPrograms as rootfsPrograms, programs as machinePrograms } from "@k3s-lab/machines";
import { storePrograms } from "@k3s-lab/snapshots";
import { testPrograms } from "@k3s-lab/testbed";

/**
 * What root and end-to-end tests need of the host: the tables that k3s-lab itself installs from, and the tests' own.
 * Most suites run k3s-lab in a network that reaches no package registry, so that all of it is installed beforehand.
 */
export const suitePrograms: readonly Program[] = [
  ...networkPrograms,
  ...bridgedPrograms,
  ...machinePrograms,
  ...rootfsPrograms,
  ...k3sBuildPrograms(),
  ...imagePrograms,
  ...storePrograms,
  ...testPrograms,
  { name: "bash", package: "bash", why: "starts the stages of lab:up" },
  { name: "tmux", package: "tmux", why: "is the terminal that tests press keys on" },
];

/** What checks of the repository need beyond `npm ci`. */
export const checkPrograms: readonly Program[] = [
  { name: "shellcheck", package: "shellcheck", why: "checks shell scripts" },
];

/**
 * Installs what is missing, as root with apt. Resolves with the reason why something is still missing: in CI nothing is
 * tested then, elsewhere the suites that need it report it themselves.
 */
export async function installPrograms(programs: readonly Program[]): Promise<string | undefined> {
  // Several tables name ip.
  const unique = [...new Map(programs.map((program) => [program.name, program])).values()];
  try {
    await ensurePrograms(unique, { install: "auto", note: (message) => console.log(`npm test: ${message}`) });
  } catch (error) {
    return (error as Error).message;
  }
}
