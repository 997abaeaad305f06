import { join, resolve } from "node:path";
import { caller } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";

/** What a snapshot's folder holds besides the archives of its machines. */
export const snapshotFiles = {
  /** Written last: a folder without it is no snapshot. */
  manifest: "manifest.json",
  /** The lab's configuration, and the passwords of its tokens. */
  records: "records.json",
} as const;

/** Returns the caller's folder of snapshots, of all labs: they outlive their lab. `K3S_LAB_SNAPSHOTS` names another. */
export function snapshotsDir(env: NodeJS.ProcessEnv = process.env): string {
  if (env.K3S_LAB_SNAPSHOTS) return resolve(env.K3S_LAB_SNAPSHOTS);
  const { home, isRoot } = caller(env);
  const own = isRoot && env.SUDO_USER !== undefined ? undefined : env.XDG_DATA_HOME;
  return join(own || join(home, ".local/share"), "k3s-lab/snapshots");
}

/** Returns a name that is free of anything a path or a shell would read otherwise. Throws for any other. */
export function checkName(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name)) return name;
  const what =
    "is no name for a snapshot, expected up to 63 letters, digits, dots, hyphens and underscores, a letter or digit first";
  throw new Problem("LAB-SNP-002", JSON.stringify(name), what, {
    remedy: "Choose another name, such as before-upgrade.",
  });
}

/** Returns the name of a snapshot that was given none: "k3s-lab-20261130-164512", in UTC. */
export function nameNow(lab: string, now: Date): string {
  const [date = "", time = ""] = now.toISOString().split("T");
  return `${lab}-${date.replaceAll("-", "")}-${time.slice(0, 8).replaceAll(":", "")}`;
}

/** Returns the folder of a snapshot: by its name, or by a path, as after it was copied from another host. */
export function snapshotFolder(named: string, from = process.env.INIT_CWD ?? process.cwd()): string {
  return named.includes("/") ? resolve(from, named) : join(snapshotsDir(), checkName(named));
}
