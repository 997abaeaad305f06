import { readFileSync } from "node:fs";

/** Reads a file of the system; undefined where it is missing or cannot be read. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
