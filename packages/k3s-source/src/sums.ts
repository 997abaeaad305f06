import { Problem } from "@k3s-lab/problem";

/** Parses the lines of a `sha256sum-*.txt`: file name -> sha256. */
export function parseSums(text: string): ReadonlyMap<string, string> {
  const lines = [...text.matchAll(/^([0-9a-f]{64})[ \t]+\*?(\S+)[ \t]*\r?$/gm)];
  return new Map(lines.map(([, sha256 = "", name = ""]) => [name.replace(/^\.\//, ""), sha256]));
}

/** Returns the sum that a release gives for a file. `place` names the sum file for the reader. */
export function sumOf(sums: ReadonlyMap<string, string>, name: string, place: string): string {
  const sum = sums.get(name);
  if (sum !== undefined) return sum;
  const seen = sums.size === 0 ? "no sum at all" : [...sums.keys()].join(", ");
  throw new Problem("LAB-SRC-016", place, `has no line for ${name}, seen: ${seen}`, {
    remedy: "It must be the sum file of a K3s release for this processor.",
  });
}
