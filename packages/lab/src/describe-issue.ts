import { withoutPassword } from "@k3s-lab/exec";

/** What is wrong with a configuration, and the key it is about. */
export interface Finding {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** Whether the key itself is wrong, not its value. */
  readonly isKey?: boolean;
}

/** The keys whose values are secrets, even where they are written wrongly. */
const secretKeys: ReadonlySet<string | number> = new Set(["password", "auth", "identity_token"]);

/** Writes a sentence about one key: "registry.port: must be from 1 to 65535, seen 70000". */
export function describeIssue(path: Finding["path"], expected: string, seen: unknown): Finding {
  const isSecret = /^(string|number)$/.test(typeof seen) && secretKeys.has(path.at(-1) ?? "");
  // A proxy may be written without a scheme; elsewhere an @ may stand before an image's digest.
  const isUrl = typeof seen === "string" && (seen.includes("://") || path[1] === "proxy");
  const shown = isUrl ? withoutPassword(seen) : seen;
  return {
    path,
    message: `${path.join(".") || "lab.yaml"}: ${expected}, seen ${isSecret ? (typeof seen === "string" ? "a text" : "a number") : render(shown)}`,
  };
}

const shownLetters = 60;

function render(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "keys with values";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const short = text.length > shownLetters ? `${text.slice(0, shownLetters)}…` : text;
  // A text that looks like something else, or like nothing, is quoted.
  return typeof value === "string" && /^$|^[\d.]+$|^(true|false|yes|no|on|off)$|[\s\p{C}]/iu.test(value)
    ? JSON.stringify(short)
    : short;
}
