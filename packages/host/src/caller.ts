import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { dirname, join } from "node:path";

/** The person who called, also under sudo: the files that a lab leaves for people belong to them. */
export interface Caller {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly isRoot: boolean;
}

/** Options of `run` for a program that root starts as the caller. */
export interface AsCaller {
  readonly user: { readonly uid: number; readonly gid: number };
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Returns the user who called, by the variables that sudo sets. */
export function caller(env: NodeJS.ProcessEnv = process.env, passwd = "/etc/passwd"): Caller {
  const isRoot = process.getuid?.() === 0;
  const uid = Number(env.SUDO_UID);
  const gid = Number(env.SUDO_GID);
  if (!isRoot || !env.SUDO_UID || !env.SUDO_GID || !Number.isInteger(uid) || !Number.isInteger(gid)) {
    return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, home: homedir(), isRoot };
  }
  const line = readFileSync(passwd, "utf8")
    .split("\n")
    .find((entry) => entry.split(":")[2] === String(uid));
  return { uid, gid, home: line?.split(":")[5] ?? homedir(), isRoot };
}

/**
 * Returns options by which a program that root starts under sudo runs as the caller, and finds what belongs to the caller's
 * session: the keyring, and where Podman and nerdctl run. Undefined where this process is the caller's own.
 */
export function asCaller({ uid, gid, home, isRoot }: Caller, sessions = "/run/user"): AsCaller | undefined {
  if (!isRoot || uid === 0) return undefined;
  const session = join(sessions, String(uid));
  const bus = join(session, "bus");
  return {
    user: { uid, gid },
    // The caller's programs need not be able to enter root's folder.
    cwd: "/",
    env: {
      HOME: home,
      XDG_RUNTIME_DIR: existsSync(session) ? session : undefined,
      DBUS_SESSION_BUS_ADDRESS: existsSync(bus) ? `unix:path=${bus}` : undefined,
      // Those of sudo are root's.
      USER: undefined,
      LOGNAME: undefined,
    },
  };
}

/** Makes the caller the owner of a file that root made. */
export function giveToCaller(path: string): void {
  const { uid, gid, isRoot } = caller();
  if (isRoot && uid !== 0) chownSync(path, uid, gid);
}

/** Makes the caller the owner of a folder that root made, and of all that is in it. */
export function giveFolderToCaller(folder: string): void {
  const { uid, isRoot } = caller();
  if (!isRoot || uid === 0) return;
  giveToCaller(folder);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    // A link's target is handed over by itself, or belongs to another user.
    if (!entry.isSymbolicLink()) giveToCaller(join(entry.parentPath, entry.name));
  }
}

/** Makes a folder and every missing parent; under sudo the caller owns them. */
export function makeForCaller(folder: string): void {
  const made = mkdirSync(folder, { recursive: true });
  if (made === undefined) return;
  for (let each = folder; each.length >= made.length; each = dirname(each)) giveToCaller(each);
}

/** Returns the caller's cache folder, which outlives every lab. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  if (env.K3S_LAB_CACHE) return env.K3S_LAB_CACHE;
  const { home, isRoot } = caller(env);
  if (isRoot && env.SUDO_USER === undefined && env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, "k3s-lab");
  return join(home, ".cache", "k3s-lab");
}

/** The variable that is set where a user's command was started once more as root, by Docker. */
export const rootByDocker = "K3S_LAB_ROOT_BY_DOCKER";

/** Whether this process is root's by Docker: the user may use its socket, but is not the host's administrator. */
export function isRootByDocker(env: NodeJS.ProcessEnv = process.env): boolean {
  return Boolean(env[rootByDocker]);
}

/** Returns the name of this process' user; undefined where its number has no account, as in a container. */
export function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
