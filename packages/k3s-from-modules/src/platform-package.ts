import { readFileSync } from "node:fs";
import type { Arch } from "./release.js";

/** Node's name for an architecture. */
const cpus: Readonly<Record<Arch, string>> = { amd64: "x64", arm64: "arm64" };

/** An npm package that brings the build ready made. */
export interface PlatformPackage {
  /** Says where it comes from: nothing in it is a K3s release. */
  readonly name: string;
  /** What it must be installed on, as `process.arch` has it. */
  readonly cpu: string;
  /** That of all k3s-lab: another version's build may expect other flags and files. */
  readonly version: string;
}

export function platformPackage(arch: Arch): PlatformPackage {
  const cpu = cpus[arch];
  const own = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return { name: `@k3s-lab/k3s-modules-linux-${cpu}`, cpu, version: (JSON.parse(own) as { version: string }).version };
}
