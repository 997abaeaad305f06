import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rules } from "../src/rules/index.js";

export const root = fileURLToPath(new URL("../../../", import.meta.url));

/** docs/doctor.md: the text before the table as it stands, and the table as the rules' data has it. */
export function doctorPage(): string {
  const text = readFileSync(`${root}docs/doctor.md`, "utf8");
  return `${text.split(heading)[0] ?? ""}${heading}\n${table()}`;
}

const heading = "## Rules\n";

function table(): string {
  const rows = rules.map(({ id, title, severity, why, remedy, link, mend }) => {
    const fixed = mend === undefined ? "" : "yes";
    const name = `<a id="${id.toLowerCase()}"></a>${id}`;
    return [name, severity, title, `${why} [More](${hrefOf(link)})`, remedy, fixed].map(cell).join(" | ");
  });
  return `| | severity | what | what comes of it | what to do | \`--fix\` |
|---|---|---|---|---|---|
${rows.map((row) => `| ${row} |`).join("\n")}
`;
}

/** Links are from the project's root, and the page lies in docs/. */
function hrefOf(link: string): string {
  return link.startsWith("docs/") ? link.slice("docs/".length) : `../${link}`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
