import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { canaryRules } from "../src/canary/findings.js";
import type { Rule, RuleData } from "../src/rule.js";
import { rules } from "../src/rules/index.js";

export const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Returns docs/doctor.md: the text before the tables as the file has it, and the tables from the rules' data. */
export function doctorPage(): string {
  const text = readFileSync(`${root}docs/doctor.md`, "utf8");
  return `${text.split(heading)[0] ?? ""}${heading}
${table(["", "severity", "what", "what comes of it", "what to do", "`--fix`"], rules.map(ruleRow))}
What the experiment can find:

${table(["", "severity", "what", "what to do", "`--fix`"], canaryRules.map(canaryRow))}`;
}

const heading = "## Rules\n";

function ruleRow({ id, title, severity, why, remedy, link, repair }: Rule): readonly string[] {
  return [anchor(id), severity, title, `${why} [More](${hrefOf(link)})`, remedy, repair === undefined ? "" : "yes"];
}

function canaryRow({ id, severity, title, remedy, repair }: RuleData): readonly string[] {
  return [anchor(id), severity, title, remedy, repair === undefined ? "" : "yes"];
}

function anchor(id: string): string {
  return `<a id="${id.toLowerCase()}"></a>${id}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.map(cell).join(" | ")} |\n`).join("");
}

/** Makes a link from the project's root one from docs/, where the page is. */
function hrefOf(link: string): string {
  return link.startsWith("docs/") ? link.slice("docs/".length) : `../${link}`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
