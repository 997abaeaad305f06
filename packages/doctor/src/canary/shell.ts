import { readFileSync } from "node:fs";
import { canaryLink, canaryTable, times } from "./names.js";

/** Returns the arguments of `sh` that run a file of this package's shell, wherever that sh is. */
export function shellArgs(name: "canary" | "connect" | "pod-network", args: readonly string[]): readonly string[] {
  return ["-c", readFileSync(new URL(`../../shell/${name}.sh`, import.meta.url), "utf8"), "sh", ...args];
}

/** Returns the arguments of `sh` that hold a canary on a host, or remove what is left of one: see canary.sh. */
export function canaryArgs(
  task: "hold" | "is-left" | "remove-left" | "remove-killed",
  ...more: readonly string[]
): readonly string[] {
  return shellArgs("canary", [task, canaryLink, canaryTable.table, String(Math.ceil(times.connect * 2)), ...more]);
}
