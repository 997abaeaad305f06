import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The lines of a text that say something, without indentation. */
export function linesOf(text: string): readonly string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** A file of the seed, as it was published. */
export function originalLines(name: "Vagrantfile" | "registry.yaml"): readonly string[] {
  return linesOf(readFileSync(join(root, "examples/seed/original", name), "utf8"));
}
