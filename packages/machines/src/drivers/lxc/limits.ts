import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "@k3s-lab/problem";
import { type Limits, mebibyte } from "../../limits.js";

/** Microseconds in which a machine may use its share of the processors: the kernel's own default. */
const period = 100_000;

/** LXC's settings of a machine's limits, for both kinds of cgroups: LXC leaves out those of the other kind. */
export function limitSettings({ memory, cpus }: Limits): readonly (readonly [string, string])[] {
  const bytes = memory === undefined ? undefined : String(memory * mebibyte);
  const quota = cpus === undefined ? undefined : cpus * period;
  return [
    ...(bytes === undefined
      ? []
      : ([
          ["cgroup.memory.limit_in_bytes", bytes],
          ["cgroup2.memory.max", bytes],
        ] as const)),
    ...(quota === undefined
      ? []
      : ([
          ["cgroup.cpu.cfs_period_us", String(period)],
          ["cgroup.cpu.cfs_quota_us", String(quota)],
          ["cgroup2.cpu.max", `${quota} ${period}`],
        ] as const)),
  ];
}

/** Takes the limits out of LXC's configuration: they are changed while a machine runs, all else is not. */
export function withoutLimits(config: string): string {
  return config.replace(/^lxc\.cgroup2?\.(?:memory|cpu)\..*\n/gm, "");
}

/** The files of a cgroup that limit it, each with how it says what is wanted. */
function filesOf({ memory, cpus }: Limits): Readonly<Record<string, string>> {
  const quota = cpus === undefined ? undefined : cpus * period;
  const bytes = memory === undefined ? undefined : String(memory * mebibyte);
  return {
    "memory.limit_in_bytes": bytes ?? "-1",
    "memory.max": bytes ?? "max",
    // Before the quota, which it must not be shorter than.
    "cpu.cfs_period_us": String(period),
    "cpu.cfs_quota_us": String(quota ?? -1),
    "cpu.max": `${quota ?? "max"} ${period}`,
  };
}

/** Tells whether cgroups, those of one machine in every hierarchy, have these limits. */
export function areLimited(cgroups: readonly string[], limits: Limits): boolean {
  return existing(cgroups, limits).every(({ path, wanted }) => isSame(readFileSync(path, "utf8").trim(), wanted));
}

/**
 * Sets the limits of one machine's cgroups. Throws where it uses more memory than that and the kernel cannot take any back, or
 * (v1) a pod in it may use more processors. `write` is replaced by tests.
 */
export function limitCgroups(
  name: string,
  cgroups: readonly string[],
  limits: Limits,
  write: (path: string, content: string) => void = writeFileSync,
): void {
  for (const { path, wanted } of existing(cgroups, limits)) {
    try {
      write(path, wanted);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === "EBUSY") throw tooLittle(name, `uses more than ${limits.memory} MB of memory`, "memory", cause);
      if (code !== "EINVAL") throw cause;
      throw tooLittle(name, `has pods that may use more processors than ${limits.cpus}`, "cpus", cause);
    }
  }
}

function tooLittle(name: string, what: string, key: keyof Limits, cause: unknown): Problem {
  const remedy = `Give it more with ${key} in lab.yaml, or take pods from it before.`;
  return new Problem("LAB-MCH-022", name, what, { remedy, cause });
}

function existing(cgroups: readonly string[], limits: Limits) {
  return cgroups
    .flatMap((cgroup) =>
      Object.entries(filesOf(limits)).map(([file, wanted]) => ({ path: join(cgroup, file), wanted })),
    )
    .filter(({ path }) => existsSync(path));
}

/** A cgroup without a limit of memory (v1) has the largest number of whole pages. */
const unlimited = 2 ** 62;

function isSame(seen: string, wanted: string): boolean {
  return seen === wanted || (wanted === "-1" && Number(seen) >= unlimited);
}
