import { copyFileSync, cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run, type RunOptions } from "@k3s-lab/exec";
import {
  holderCommand,
  hostHierarchies,
  joinGroups,
  leftOvers,
  mountHierarchies,
  removeGroups,
} from "@k3s-lab/testbed";

const minutes = 60_000;
const suite = "bookworm";
/** A disk, since machines' file systems are overlays: /tmp may be memory. */
const parent = "/var/tmp";
const enterProgram = fileURLToPath(new URL("../programs/enter-root.sh", import.meta.url));

/** A Debian in which nothing was prepared: Node with npm, Go, git, and what every Debian has. */
export interface FreshRoot extends AsyncDisposable {
  readonly dir: string;
  /** Runs a command there, as root in /root. */
  run(command: readonly string[], options: RunOptions): ReturnType<typeof run>;
}

export interface FreshOptions {
  /** The files of npm: the folder that holds bin/npm-cli.js. */
  readonly npm: string;
  /** Folders of this host that are found at another path there: Go, and its caches. */
  readonly shared: readonly string[];
  /** Further environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

/**
 * Makes a fresh root. Its processes have namespaces of their own but for the network: packages come by the host's, and
 * every suite that changes a network makes its own. All ends with this process; files are removed when it is disposed
 * of, or by the next one.
 */
export async function makeFreshRoot(options: FreshOptions): Promise<FreshRoot> {
  const { npm, shared, signal, onLine } = options;
  const env = Object.fromEntries(Object.entries(options.env).map(([key, value]) => [key, placeOf(value)]));
  sweepFreshRoots();
  const name = `k3s-lab-fresh-${process.pid}`;
  const dir = join(parent, name);
  const remove = () => rmSync(dir, { recursive: true, force: true });
  try {
    const bootstrap = ["mmdebstrap", "--variant=minbase", "--mode=root", "--include=git", ...aptOptions, suite, dir];
    // In a mount namespace of its own, so that one that is interrupted leaves no mount behind.
    const apart = ["--mount", "--propagation", "private", ...bootstrap];
    await run("unshare", apart, { timeout: 15 * minutes, signal, onLine });
    installNode(dir, npm);
    copyHostFiles(dir, options.env);
  } catch (error) {
    remove();
    throw error;
  }
  const hierarchies = hostHierarchies();
  return {
    dir,
    run: (command, runOptions) => {
      const variables = Object.entries(env).map(([key, value]) => `${key}=${value}`);
      const [program, argv] = holderCommand({
        before: joinGroups(hierarchies, name),
        namespaces: ["--mount", "--pid", "--uts", "--ipc", "--cgroup", "--fork", "--kill-child"],
        inside: 'exec sh "$@"',
        args: [
          enterProgram,
          dir,
          mountHierarchies(hierarchies),
          ...shared,
          "--",
          "env",
          "-i",
          ...variables,
          ...command,
        ],
      });
      return run(program, argv, { signal, onLine, ...runOptions }).finally(() => removeGroups(name));
    },
    [Symbol.asyncDispose]: async () => remove(),
  };
}

const aptOptions = ['--aptopt=APT::Install-Recommends "false"', "--dpkgopt=force-unsafe-io"];

function installNode(dir: string, npm: string): void {
  const local = join(dir, "usr/local");
  mkdirSync(join(local, "lib/node_modules"), { recursive: true });
  copyFileSync(process.execPath, join(local, "bin/node"));
  cpSync(npm, join(local, "lib/node_modules/npm"), { recursive: true });
  for (const name of ["npm", "npx"])
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(local, "bin", name));
}

/** How registries are reached: names, and the certificates that the environment names. */
function copyHostFiles(dir: string, env: FreshOptions["env"]): void {
  for (const file of ["/etc/resolv.conf", ...new Set(Object.values(env).filter(isCertificates))]) {
    const place = join(dir, placeOf(file));
    mkdirSync(dirname(place), { recursive: true });
    copyFileSync(file, place);
  }
  writeFileSync(join(dir, "etc/hosts"), "127.0.0.1\tlocalhost fresh\n::1\tlocalhost\n");
}

function isCertificates(value: string): boolean {
  return /^\/.*\.(crt|pem)$/.test(value) && existsSync(value);
}

/** Where a value of the environment leads to there: Debian writes its own list of certificates as soon as it is installed. */
function placeOf(value: string): string {
  return isCertificates(value) ? join("/etc/certificates-of-the-host", basename(value)) : value;
}

/** Removes what a killed process left behind: its mounts and processes have ended with it. */
function sweepFreshRoots(): void {
  const killed = leftOvers([parent], /^k3s-lab-fresh-(\d+)$/);
  for (const name of killed) rmSync(join(parent, name), { recursive: true, force: true });
}
