import { type Place, Problem } from "@k3s-lab/problem";
import * as v from "valibot";
import { checkConfig } from "./check-config.js";
import { extension, type LabConfig, labConfig } from "./config.js";
import { describeIssue, type Finding } from "./describe-issue.js";
import { readYaml } from "./read-yaml.js";
import { unknownKeys } from "./unknown-keys.js";

/**
 * Returns the configuration in a lab.yaml, with every default filled in. Throws all that is wrong as one Problem (exit
 * code 2), with a line and a column for each fault.
 */
export function parseConfig(text: string, file = "lab.yaml"): LabConfig {
  const yaml = readYaml(text, file);
  if ("faults" in yaml) throw refused(yaml.faults, file);
  const { output, faults } = judge(withoutExtensions(yaml.data ?? {}));
  if (output !== undefined && faults.length === 0) return output;
  const places = faults.map(({ path, message, isKey }) => ({
    file,
    ...yaml.where(path, isKey ? "key" : "value"),
    message,
  }));
  throw refused(places.toSorted(byPlace), file);
}

/** Returns all that is wrong with data that is to become a lab.yaml, or a part of one: for a person who is being asked. */
export function findFaults(data: object): readonly Finding[] {
  return judge(data).faults;
}

function judge(data: unknown): { readonly output: LabConfig | undefined; readonly faults: readonly Finding[] } {
  const parsed = v.safeParse(labConfig, data, { abortPipeEarly: true });
  const misfits = (parsed.issues ?? []).flatMap((issue) => misfitsOf(issue));
  const single = [...unknownKeys(data), ...misfits];
  return { output: parsed.success ? parsed.output : undefined, faults: [...single, ...checkTogether(data, single)] };
}

/** Leaves out the keys `x-...`, as Compose does: a place for anchors. */
function withoutExtensions(data: unknown): unknown {
  if (typeof data !== "object" || data === null || Array.isArray(data)) return data;
  return Object.fromEntries(Object.entries(data).filter(([key]) => !key.startsWith(extension)));
}

/** Leaves unknown keys to unknownKeys(). Of a value that may be a word or keys, reports what is wrong with the keys. */
function misfitsOf(issue: v.BaseIssue<unknown>, above: Finding["path"] = []): readonly Finding[] {
  if (issue.expected === "never") return [];
  const path = [...above, ...(issue.path ?? []).map(({ key }) => key as string | number)];
  const inside = (issue.issues ?? []).filter((each) => each.path !== undefined);
  if (inside.length > 0) return inside.flatMap((each) => misfitsOf(each, path));
  // In a record, the key itself may be wrong.
  return [{ ...describeIssue(path, issue.message, issue.input), isKey: issue.path?.at(-1)?.origin === "key" }];
}

/** Returns what the sections that are right in themselves get wrong together. */
function checkTogether(data: unknown, wrong: readonly Finding[]): readonly Finding[] {
  if (wrong.some(({ path }) => path.length === 0)) return [];
  const broken = new Set(wrong.map(({ path }) => path[0]));
  const right = Object.entries(data as object).filter(([section]) => !broken.has(section));
  return checkConfig(v.parse(labConfig, Object.fromEntries(right)), (section) => !broken.has(section));
}

function byPlace(a: Place, b: Place): number {
  return a.line - b.line || a.column - b.column || a.message.localeCompare(b.message, "en", { numeric: true });
}

function refused(places: readonly Place[], file: string): Problem {
  const options = { remedy: "See lab.example.yaml for every key.", places };
  const at = ({ line, column }: Place) => `${file}:${line}:${column}`;
  const [first, ...others] = places;
  if (first !== undefined && others.length === 0) return new Problem("LAB-CFG-006", at(first), first.message, options);
  const lines = places.map((place) => `\n  ${at(place)}: ${place.message}`);
  return new Problem("LAB-CFG-006", file, `${places.length} things are wrong:${lines.join("")}`, options);
}
