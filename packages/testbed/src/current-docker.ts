import { join } from "node:path";
import { systemDir } from "@k3s-lab/host";
import { buildRoot } from "./build-root.js";

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
  await buildRoot({ path, suite: "sid", options });
  return join(path, "usr");
}
