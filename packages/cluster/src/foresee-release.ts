import type { Foreseen } from "@k3s-lab/k3s-source";
import type { Lab } from "@k3s-lab/lab";
import { askedBy, knownRelease } from "./fetch-cluster.js";

/** Returns what a lab's K3s will be, for a plan, which downloads nothing and asks no network. */
export async function foreseeRelease(lab: Lab): Promise<Foreseen> {
  const asked = askedBy(lab);
  const known = await knownRelease(lab);
  if (known) return known;
  const { source, directory: folder = "" } = asked;
  const binary = { name: "k3s", size: -1, sha256: "", changed: 0 };
  const version =
    source === "modules" ? (await import("@k3s-lab/k3s-from-modules")).kubernetesVersion() : asked.version;
  return { source, version, folder, binary, archives: [] };
}

/**
 * Returns a release's name for a sentence: "K3s v1.34.4+k3s1 (release)". It is the same before and after the release was
 * fetched, so that a plan says what `lab:up` then does. Where `auto` has not been decided, it is the first choice.
 */
export function nameOfRelease({ source, version, folder }: Foreseen): string {
  return source === "directory" ? `K3s from ${folder}` : `K3s ${version} (${source === "auto" ? "release" : source})`;
}

/** Returns the condition under which the name is right: without it, `auto` builds K3s from Go modules. */
export function provisoOf({ source }: Foreseen): string | undefined {
  return source === "auto" ? "if that release can be reached" : undefined;
}
