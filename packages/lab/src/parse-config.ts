import type { z } from "zod";
import { type LabConfig, labConfig } from "./config.js";
import { checkConfig, type Section } from "./check-config.js";
import { describeIssue } from "./describe-issue.js";
import { Problem } from "@k3s-lab/problem";
import { readYaml } from "./read-yaml.js";

/**
 * The configuration in a lab.yaml, with every default filled in. All that is wrong is collected and thrown as one
 * Problem (exit code 2) with a line and column for each.
 */
export function parseConfig(text: string, file = "lab.yaml"): LabConfig {
  const yaml = readYaml(text, file);
  if ("faults" in yaml) throw refused(yaml.faults, file);
  const data = yaml.data ?? {};
  const parsed = labConfig.safeParse(data);
  const issues = parsed.error?.issues ?? [];
  const wrong = [
    ...issues.flatMap((issue) =>
      describeIssue(issue, data).map(({ path, message }) => {
        const what = issue.code === "unrecognized_keys" ? "key" : "value";
        return `${yaml.where(path, what)}: ${message}`;
      }),
    ),
    ...findings(data, issues).map(({ path, message }) => `${yaml.where(path)}: ${message}`),
  ];
  if (wrong.length > 0 || !parsed.success) throw refused(wrong.toSorted(byPlace), file);
  return parsed.data;
}

/** What the sections that are right in themselves get wrong together. */
function findings(data: unknown, issues: readonly z.core.$ZodIssue[]) {
  const known = new Set<PropertyKey>(Object.keys(labConfig.shape));
  if (typeof data !== "object" || data === null || Array.isArray(data)) return [];
  const broken = new Set(issues.map(({ path }) => path[0]).filter((key) => key !== undefined));
  const rest = Object.fromEntries(Object.entries(data).filter(([key]) => known.has(key) && !broken.has(key)));
  return checkConfig(labConfig.parse(rest), (section: Section) => !broken.has(section));
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
