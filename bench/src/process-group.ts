import { basename } from "node:path";

/** Whose a process is: our own Node, turbo, npm with the scripts that stand in for it, or a program that they call. */
export type ProcessGroup = "node" | "turbo" | "npm" | "tools";

/** Tells the group of a process by its command line. */
export function groupOf(argv: readonly string[]): ProcessGroup {
  const [program = "", script = ""] = argv;
  const name = basename(program.split(" ")[0] ?? "");
  if (name === "turbo") return "turbo";
  // npm names its process after its command line.
  if (name === "npm" || /\/(?:quick-)?npm\//.test(script)) return "npm";
  return name === "node" ? "node" : "tools";
}
