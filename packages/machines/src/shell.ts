import { readFileSync } from "node:fs";

/** A script of `shell/`, as the command that runs it: its arguments follow. Its name is what the shell's errors begin with. */
export function shellArgv(name: string, shell = "sh"): readonly [string, ...string[]] {
  const script = readFileSync(new URL(`../shell/${name}`, import.meta.url), "utf8");
  return [shell, "-c", script, name];
}
