import { existsSync, realpathSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { shellWord } from "@k3s-lab/exec";
import { Problem } from "@k3s-lab/problem";
import { readText } from "./read-text.js";

/** Where a file system is mounted, and how: "rw", "nosuid", "noexec", ... */
export interface Mount {
  readonly point: string;
  readonly options: readonly string[];
}

/** What a file system holds and has left: bytes, and inodes (0 of 0 where it makes them as they are needed). */
export interface FileSystemSpace {
  readonly size: number;
  readonly available: number;
  readonly inodes: number;
  readonly freeInodes: number;
}

/** Returns the mount that a path is on, or will be on once it is made; undefined where the system does not report it. */
export function mountOf(path: string, mountinfo = readText("/proc/self/mountinfo") ?? ""): Mount | undefined {
  const place = realpathSync(nearest(path));
  const mounts = mountinfo.split("\n").flatMap((line): Mount[] => {
    // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
    const [, , , , point, options] = line.split(" ");
    return point && options ? [{ point: unescape(point), options: options.split(",") }] : [];
  });
  const above = mounts.filter(({ point }) => `${place}/`.startsWith(point.endsWith("/") ? point : `${point}/`));
  const deepest = Math.max(...above.map(({ point }) => point.length));
  // Of two on one point, the later one hides the other.
  return above.findLast(({ point }) => point.length === deepest);
}

/** What a mount forbids, and the option that allows it again. */
const forbidden = { noexec: "exec", ro: "rw" } as const;

/**
 * Throws (exit code 3) where programs cannot be written to a place and started from it. `purpose`: what they are, for a
 * sentence. `otherwise`: what else a person can do, as the end of one.
 */
export function requireExecutable(path: string, purpose: string, otherwise = ""): void {
  const mount = mountOf(path);
  for (const [option, needed] of Object.entries(forbidden)) {
    if (mount?.options.includes(option)) {
      throw new Problem("LAB-HST-008", mount.point, `is mounted ${option}, and ${path} holds ${purpose}`, {
        remedy: `Run: sudo mount -o remount,${needed} ${shellWord(mount.point)}, and change it in /etc/fstab, too${otherwise}.`,
      });
    }
  }
}

/** Reads how much room a path has, or will have once it is made; undefined where the system does not report it. */
export function spaceAt(path: string): FileSystemSpace | undefined {
  try {
    const { bsize, blocks, bavail, files, ffree } = statfsSync(nearest(path));
    return { size: bsize * blocks, available: bsize * bavail, inodes: files, freeInodes: ffree };
  } catch {
    return undefined;
  }
}

/** Returns the path, or the nearest folder above it that exists. */
function nearest(path: string): string {
  let place = path;
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  return place;
}

/** The kernel writes a space as \040. */
function unescape(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
