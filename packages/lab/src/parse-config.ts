import { LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { type LabConfig, labConfig } from "./config.js";
import { checkConfig, type Finding } from "./check-config.js";
import { exitCode, Problem } from "./problem.js";

/**
 * The configuration in a lab.yaml, with every default filled in. All that is wrong is collected and thrown as one
 * Problem (exit code 2) with a line and column for each.
 */
export function parseConfig(text: string, file = "lab.yaml"): LabConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number | undefined) => {
    const { line, col } = lines.linePos(offset ?? 0);
    return `${file}:${line || 1}:${col || 1}`;
  };
  if (document.errors.length > 0) {
    throw refused(
      document.errors.map((error) => `${at(error.pos[0])}: ${error.message}`),
      file,
    );
  }
  const where = (path: readonly PropertyKey[]) => {
    // A missing key has no place of its own: the nearest parent that is there stands for it.
    for (let length = path.length; length >= 0; length--) {
      const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      const range = (node as { range?: [number, number, number] } | undefined)?.range;
      if (range) return at(range[0]);
    }
    return at(0);
  };
  const parsed = labConfig.safeParse(document.toJS() ?? {});
  if (!parsed.success)
    throw refused(
      parsed.error.issues.flatMap((issue) => describe(issue, where)),
      file,
    );
  const findings = checkConfig(parsed.data);
  if (findings.length > 0)
    throw refused(
      findings.map((finding: Finding) => `${where(finding.path)}: ${finding.message}`),
      file,
    );
  return parsed.data;
}

function describe(issue: z.core.$ZodIssue, where: (path: readonly PropertyKey[]) => string): string[] {
  const name = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => `${where([...issue.path, key])}: unknown key ${[...issue.path, key].join(".")}`);
  }
  if (issue.code === "invalid_union") {
    const messages = issue.errors.flat().map((inner) => inner.message);
    return [`${where(issue.path)}: ${name}: ${[...new Set(messages)].join(", or ")}`];
  }
  return [`${where(issue.path)}: ${name === "" ? "" : `${name}: `}${issue.message}`];
}

function refused(lines: readonly string[], file: string): Problem {
  const all = lines.length === 1 ? lines[0] : `\n  ${lines.join("\n  ")}`;
  return new Problem(file, `the configuration is wrong: ${all}`, {
    remedy: "See lab.example.yaml for every key.",
    exitCode: exitCode.usage,
  });
}
