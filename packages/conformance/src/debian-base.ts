import { join } from "node:path";
import { CommandFailed, run } from "@k3s-lab/exec";
import { ensurePrograms } from "@k3s-lab/host";
import { buildPrograms, debianOptions, debianSource, debianSuite } from "@k3s-lab/machines";
import { Problem } from "@k3s-lab/problem";
import type { Building } from "./build-suite.js";

/** What the tests run in their pods, by Debian's names. bash-static and busybox-static are taken out for other images. */
const packages = [
  "apache2-bin",
  "bash-static",
  "bind9-dnsutils",
  "busybox-static",
  "curl",
  "iproute2",
  "iptables",
  "netcat-openbsd",
  "nginx-light",
  "stress",
  "wget",
] as const;

/** What Kubernetes' Dockerfiles add to their bases: users, groups and empty folders. */
const hooks: readonly string[] = [
  `echo user-defined-in-image:x:1000:1000::/home/user-defined-in-image:/bin/sh >>"$1/etc/passwd"`,
  `printf '%s\\n' user-defined-in-image:x:1000: group-defined-in-image:x:50000:user-defined-in-image >>"$1/etc/group"`,
  `mkdir -p "$1/uploads" "$1/home/user-defined-in-image" && chown 1000:1000 "$1/home/user-defined-in-image"`,
  // Containers have their own, and a link of the host's is of no use to them.
  `rm -f "$1/etc/resolv.conf" "$1/etc/hostname"`,
];

/** All that decides what is in the base. */
export const baseRecipe = { suite: debianSuite, packages, hooks, options: debianOptions } as const;

const timeout = 20 * 60_000;

/** Returns mmdebstrap's arguments for an archive of the base. `lines`: of apt, which come on standard input. */
export function baseArgs(archive: string, lines: readonly string[]): readonly string[] {
  return [
    "--variant=minbase",
    "--mode=auto",
    "--format=tar",
    ...debianOptions,
    `--include=${packages.join(",")}`,
    ...hooks.map((hook) => `--customize-hook=${hook}`),
    debianSuite,
    archive,
    ...(lines.length === 0 ? [] : ["-"]),
  ];
}

/** Makes the Debian that the images of the tests have below them, as an archive in a folder. Resolves with its path. */
export async function makeBase(folder: string, { progress, signal }: Building): Promise<string> {
  await ensurePrograms(buildPrograms, { install: "auto", note: progress });
  progress("making the Debian of the images");
  const archive = join(folder, "base.tar");
  const { lines, env, secrets, host } = await debianSource();
  // In mounts of its own, as root: one that is interrupted leaves none behind.
  const apart = process.getuid?.() === 0 ? ["unshare", "--mount", "--propagation", "private"] : [];
  const [program = "", ...args] = [...apart, "mmdebstrap", ...baseArgs(archive, lines)];
  try {
    // The same packages make the same bytes.
    const dated = { ...env, SOURCE_DATE_EPOCH: "0" };
    await run(program, args, { input: lines.join("\n"), env: dated, secrets, timeout, signal });
  } catch (cause) {
    if (!(cause instanceof CommandFailed)) throw cause;
    signal.throwIfAborted();
    throw new Problem("LAB-TST-001", "images of the tests", `their Debian could not be made: ${cause.what}`, {
      remedy: `Check that ${host} can be reached, then run the command again.`,
      cause,
    });
  }
  return archive;
}
