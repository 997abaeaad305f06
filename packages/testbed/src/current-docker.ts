import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "@k3s-lab/exec";
import { ensurePrograms, systemDir } from "@k3s-lab/host";
import { rootfsPrograms } from "./programs.js";

/** Milliseconds. */
const buildTimeout = 20 * 60_000;

const options = [
  "--quiet",
  "--variant=minbase",
  "--mode=root",
  // A mirror of packages may lag behind its own dates.
  '--aptopt=Acquire::Check-Valid-Until "false"',
  '--aptopt=APT::Install-Recommends "false"',
  "--include=docker.io,docker-cli,iptables",
] as const;

/** Returns a folder with Debian sid's programs, Docker's among them, for `usr` of startDocker(). It is built once. */
export async function ensureCurrentDocker(): Promise<string> {
  const path = join(systemDir, "rootfs", "docker-sid");
  if (existsSync(path)) return join(path, "usr");
  await ensurePrograms(rootfsPrograms, { install: "auto", note: console.error });
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  const building = `${path}.building-${process.pid}`;
  try {
    const args = ["--mount", "--propagation", "private", "mmdebstrap", ...options, "sid", building];
    await run("unshare", args, { timeout: buildTimeout });
    renameSync(building, path);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  return join(path, "usr");
}
