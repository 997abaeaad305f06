import { delimiter, join, resolve } from "node:path";

/**
 * Returns the kubeconfigs that kubectl reads, in its order: those of KUBECONFIG, or the one in the user's home. Paths are
 * absolute; what is empty or named twice counts once.
 */
export function kubeconfigPlaces(home: string, cwd: string, env: NodeJS.ProcessEnv = process.env): readonly string[] {
  const named = (env.KUBECONFIG ?? "").split(delimiter).filter((path) => path !== "");
  if (named.length === 0) return [join(home, ".kube", "config")];
  return [...new Set(named.map((path) => resolve(cwd, path)))];
}

/** Returns where kubectl writes what no file has yet: into the first file that exists, else into the last. */
export function placeOfNew(places: readonly string[], exists: (path: string) => boolean): string {
  const place = places.find(exists) ?? places.at(-1);
  if (place === undefined) throw new Error("there is always a place");
  return place;
}
