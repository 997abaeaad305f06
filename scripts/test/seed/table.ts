import { linesOf } from "./original.js";
import { registryYaml, type SeedPart, vagrantfile } from "./seed-lines.js";

/** docs/seed.md. */
export function seedTable(): string {
  return `# The seed, line by line

This project began as one page, a Vagrantfile and a manifest: [examples/seed/original](../examples/seed/original/).
[examples/seed/lab.yaml](../examples/seed/lab.yaml) is the same lab. Each line of the original stands below, with the
file that sets the same here, or the reason why it is done otherwise. This page is written by
\`node --import tsx scripts/test/seed/write-table.ts\` from data that a test holds against the original's text and
against what is rendered for that lab.yaml.

## Vagrantfile

${table(vagrantfile)}

## registry.yaml

${table(registryYaml)}
`;
}

function table(parts: readonly SeedPart[]): string {
  const rows = parts.map(({ lines, sets, here, otherwise }) => {
    const files = [...new Set(here.map(({ file }) => file))];
    const textsIn = (name: string) => here.filter(({ file }) => file === name).map(({ text }) => code(text));
    const places = files.map((name) => `${name}: ${textsIn(name).join(", ")}`);
    const ours = [...places, ...(otherwise === undefined ? [] : [cell(otherwise)])];
    return `| ${linesOf(lines).filter(says).map(code).join("<br>")} | ${cell(sets)} | ${ours.join("<br>")} |`;
  });
  return ["| The seed | What it sets | Here |", "|---|---|---|", ...rows].join("\n");
}

/** What is said in a comment is said in the next column. */
function says(line: string): boolean {
  return !line.startsWith("#");
}

function code(text: string): string {
  return text
    .split("\n")
    .map((line) => `\`${cell(line.trim().replaceAll("\t", " "))}\``)
    .join(" ");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
