import compare from "semver/functions/compare.js";
import parse from "semver/functions/parse.js";

/**
 * Tells why a node may not go from one version of K3s to another: "goes back from v1.35.2+k3s1 to v1.34.4+k3s1"; undefined where
 * it may. Kubernetes supports neither an older version on what a newer one has stored, nor a step over a minor version. What no
 * version can be read of is not judged.
 */
export function whyNoUpgrade(from: string, to: string): string | undefined {
  const [older, newer] = [parse(from), parse(to)];
  if (older === null || newer === null) return undefined;
  const words = `from ${from} to ${to}`;
  if (compare(older, newer) > 0 || isEarlierBuild(newer.build, older.build, compare(older, newer))) {
    return `goes back ${words}`;
  }
  const isSkipped = newer.major !== older.major || newer.minor > older.minor + 1;
  return isSkipped ? `skips a minor version ${words}` : undefined;
}

/** Semantic versions have no order of builds; K3s' own have one: k3s2 is later than k3s1, of the same Kubernetes. */
function isEarlierBuild([one = ""]: readonly string[], [other = ""]: readonly string[], order: number): boolean {
  const [first, second] = [one, other].map((build) => /^k3s(\d+)$/.exec(build)?.[1]);
  return order === 0 && first !== undefined && second !== undefined && Number(first) < Number(second);
}
