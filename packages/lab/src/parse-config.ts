import { Problem } from "@k3s-lab/problem";
import * as v from "valibot";
import { checkConfig } from "./check-config.js";
import { type LabConfig, labConfig } from "./config.js";
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
  const data = yaml.data ?? {};
  const parsed = v.safeParse(labConfig, data, { abortPipeEarly: true });
  const misfits = (parsed.issues ?? []).filter(({ expected }) => expected !== "never").map(misfitOf);
  const single = [...unknownKeys(data), ...misfits];
  const faults = [...single, ...checkTogether(data, single)];
  if (parsed.success && faults.length === 0) return parsed.output;
  const lines = faults.map(({ path, message, isKey }) => `${yaml.where(path, isKey ? "key" : "value")}: ${message}`);
  throw refused(lines.toSorted(byPlace), file);
}

function misfitOf(issue: v.InferIssue<typeof labConfig>): Finding {
  const path = (issue.path ?? []).map(({ key }) => key as string | number);
  return describeIssue(path, issue.message, issue.input);
}

/** Returns what the sections that are right in themselves get wrong together. */
function checkTogether(data: unknown, wrong: readonly Finding[]): readonly Finding[] {
  if (wrong.some(({ path }) => path.length === 0)) return [];
  const broken = new Set(wrong.map(({ path }) => path[0]));
  const right = Object.entries(data as object).filter(([section]) => !broken.has(section));
  return checkConfig(v.parse(labConfig, Object.fromEntries(right)), (section) => !broken.has(section));
}

function byPlace(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

function refused(lines: readonly string[], file: string): Problem {
  const all = lines.length === 1 ? lines[0] : `\n  ${lines.join("\n  ")}`;
  return new Problem("LAB-CFG-006", file, `the configuration is wrong: ${all}`, {
    remedy: "See lab.example.yaml for every key.",
  });
}
