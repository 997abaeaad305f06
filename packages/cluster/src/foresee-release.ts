import type { Lab } from "@k3s-lab/lab";
import { askedBy, knownRelease } from "./fetch-cluster.js";
import type { Foreseen } from "@k3s-lab/k3s-source";

/** For a plan, which downloads nothing and asks no network. */
export async function foreseeRelease(lab: Lab): Promise<Foreseen> {
  const asked = askedBy(lab);
  const known = await knownRelease(lab);
  if (known) return known;
  const binary = { name: "k3s", size: -1, sha256: "", changed: 0 };
  return { source: asked.source, version: asked.version, folder: asked.directory ?? "", binary, archives: [] };
}

/** "K3s v1.34.4+k3s1 (release)" */
export function nameOfRelease({ source, version, folder, binary }: Foreseen): string {
  if (binary.sha256 !== "") return `K3s ${version} (${source})`;
  switch (source) {
    case "auto":
      return `K3s ${version}, or one built from Go modules where that release cannot be reached`;
    case "modules":
      return "K3s built from Go modules";
    case "directory":
      return `K3s from ${folder}`;
    case "release":
      return `K3s ${version} (release)`;
  }
}
