import type { z } from "zod";
import { suggestKey } from "./suggest-key.js";

/** A sentence for each thing that the schema found wrong, and the path of the key it is about. */
export function describeIssue(
  issue: z.core.$ZodIssue,
  data: unknown,
): readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      const meant = suggestKey(issue.path, key);
      return {
        path,
        message: `unknown key ${path.join(".")}${meant === undefined ? "" : ` (did you mean ${meant}?)`}`,
      };
    });
  }
  const name = issue.path.length === 0 ? "lab.yaml" : issue.path.join(".");
  return [{ path: issue.path, message: `${name}: ${expected(issue)}, seen ${seen(valueAt(data, issue.path))}` }];
}

function expected(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `expected ${types[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `expected ${either(issue.values.map(String))}`;
    default:
      return issue.message;
  }
}

const types: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  int: "a whole number",
  number: "a number",
  object: "keys with values",
  string: "a text",
};

function either(values: readonly string[]): string {
  return values.length < 2 ? values.join() : `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;
}

const shownLetters = 60;

function seen(value: unknown): string {
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

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], data);
}
