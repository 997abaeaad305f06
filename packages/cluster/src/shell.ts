import { readFileSync } from "node:fs";

/** Reads a script of `shell/`: "trust". */
export function shellText(name: string): string {
  return readFileSync(new URL(`../shell/${name}.sh`, import.meta.url), "utf8");
}

/** Returns the command that runs a script of `shell/` on a node: its arguments follow. */
export function shellArgv(name: string): readonly [string, ...string[]] {
  return ["sh", "-c", shellText(name), `${name}.sh`];
}
