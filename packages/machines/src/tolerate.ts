import { readFileSync } from "node:fs";

/** Returns what `act` returns; undefined where the system refuses it with one of these codes: "ENOENT". */
export function tolerate<Value>(codes: readonly string[], act: () => Value): Value | undefined {
  try {
    return act();
  } catch (error) {
    if (codes.includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

/** Reads a file as text; undefined where it is missing. */
export function readIfExists(path: string): string | undefined {
  return tolerate(["ENOENT"], () => readFileSync(path, "utf8"));
}
