/** What is wrong with a configuration, and the key it is about. */
export interface Finding {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** Whether the key itself is wrong, not its value. */
  readonly isKey?: boolean;
}

/** Writes a sentence about one key: "registry.port: must be from 1 to 65535, seen 70000". */
export function describeIssue(path: Finding["path"], expected: string, seen: unknown): Finding {
  return { path, message: `${path.join(".") || "lab.yaml"}: ${expected}, seen ${render(seen)}` };
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
