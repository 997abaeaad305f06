import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { platformPackage } from "@k3s-lab/k3s-from-modules";
import { arch, type ReleaseFolder } from "./release-folder.js";

const own = arch.name === "arm64" ? "arm64" : "amd64";
const other = own === "amd64" ? "arm64" : "amd64";

/** The package for this processor, and that for the other one. */
export const packages = { own: platformPackage(own), other: platformPackage(other) } as const;

/** Installs what the folder of a test's release holds as a package beside it; returns the package's folder. */
export function installPackage(
  { root, dir }: ReleaseFolder,
  which: keyof typeof packages = "own",
  manifest: Readonly<Record<string, unknown>> = {},
): string {
  const { name, cpu, version } = packages[which];
  const folder = join(root, "node_modules", name);
  cpSync(dir, folder, { recursive: true });
  writeFileSync(join(folder, "VERSION"), "v1.34.4+modules\n");
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name, version, os: ["linux"], cpu: [cpu], ...manifest }),
  );
  return folder;
}
