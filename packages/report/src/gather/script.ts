import { readFileSync } from "node:fs";

const read = (name: string) => readFileSync(new URL(`../../shell/${name}.sh`, import.meta.url), "utf8");

/** Returns the command that prints a part of what a report tells of the host, or of a node. */
export function partOf(where: "host" | "node", ...args: readonly string[]): readonly [string, ...string[]] {
  return ["sh", "-c", `${read("show")}${read(where)}`, "sh", ...args];
}
