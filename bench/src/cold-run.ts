import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { run } from "@k3s-lab/exec";
import { cacheDir, systemDir } from "@k3s-lab/host";
import { openBenchLab } from "./bench-lab.js";
import { k3sOf } from "./raw-lab.js";
import { root } from "./root.js";
import type { Row } from "./row.js";
import { k3sLab, runTimed } from "./run-timed.js";
import { spreadOf } from "./statistics.js";

/** Where all labs have the machines' root file systems. */
const rootfsDir = join(systemDir, "rootfs");

/** Seconds. */
const mostCompiling = 450;
const mostWithPackage = 90;

interface ColdOptions {
  readonly signal: AbortSignal;
  tell(message: string): void;
}

/**
 * Measures the first `up` of a machine, once with K3s compiled and once with K3s from the package that is made of it. What
 * k3s-lab has installed on the host by apt is all that either finds of runs before.
 */
export async function measureColdRuns({ signal, tell }: ColdOptions): Promise<readonly Row[]> {
  // On the disk of the usual cache: a build needs some gigabytes, and /tmp may be memory.
  const folder = mkdtempSync(`${cacheDir()}-bench-`);
  const cold = {
    K3S_LAB_CACHE: join(folder, "compiled"),
    GOCACHE: join(folder, "go-build"),
    GOMODCACHE: join(folder, "go-mod"),
  };
  const npm = (env: Readonly<Record<string, string>>, ...args: readonly string[]) =>
    run("npm", args, { cwd: root, env, signal, timeout: Infinity });
  try {
    tell("first run, K3s compiled");
    const compiling = await firstUp("modules", { env: cold, signal });
    tell("first run, K3s from the package");
    const packed = await npm(cold, "run", "-s", "pack:modules", "--", "--out", join(folder, "packed"));
    const withPackage = await firstUp("package", {
      env: { K3S_LAB_CACHE: join(folder, "with-package"), PATH: pathWithoutGo() },
      signal,
      prepare: (beside) =>
        npm({}, "install", "--prefix", beside, "--install-links", "--no-audit", "--no-fund", packed.stdout),
    });
    return [
      rowOf("cold", "first run, K3s compiled", mostCompiling, compiling),
      rowOf("cold-package", "first run, K3s from the package", mostWithPackage, withPackage),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface FirstUp {
  /** Milliseconds. */
  readonly ms: number;
  /** Seconds. */
  readonly cpu: number;
  readonly k3s: string;
}

interface FirstUpOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Is given the folder of lab.yaml, and not timed. */
  prepare?(beside: string): Promise<unknown>;
}

async function firstUp(source: "modules" | "package", { env, signal, prepare }: FirstUpOptions): Promise<FirstUp> {
  mkdirSync(rootfsDir, { recursive: true });
  // On the file system of the usual one, which can carry the machines' overlays.
  const rootfs = mkdtempSync(join(systemDir, "bench-rootfs-"));
  chmodSync(rootfs, 0o755);
  try {
    await using bench = await openBenchLab(3, signal, { env, source });
    await prepare?.(dirname(bench.lab.file));
    const { ms, cpu } = await runTimed([...overRootfs(rootfs), ...k3sLab("up")], bench.how);
    return { ms, cpu, k3s: k3sOf(bench.lab) };
  } finally {
    await run("rm", ["-rf", "--one-file-system", "--", rootfs]);
  }
}

/**
 * Returns the beginning of a command line that runs the rest with another folder over the one of the machines' root file
 * systems. In a mount namespace of its own, which ends with the machines: for all others on the host nothing has changed.
 */
function overRootfs(folder: string): readonly string[] {
  const script = 'mount --bind "$0" "$1" && shift && exec "$@"';
  return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, folder, rootfsDir];
}

function pathWithoutGo(): string {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.filter((each) => !existsSync(join(each, "go"))).join(delimiter);
}

function rowOf(id: string, what: string, most: number, { ms, cpu, k3s }: FirstUp): Row {
  return {
    id,
    what,
    unit: "s",
    k3s,
    runs: 1,
    value: spreadOf([ms / 1000]),
    goal: { of: "value", most },
    cpu: { "all of the command": cpu },
  };
}
