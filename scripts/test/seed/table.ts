import { linesOf } from "./original.js";
import { registryYaml, type SeedPart, vagrantfile } from "./seed-lines.js";

/** Returns docs/seed.md. */
export function seedTable(): string {
  return `# The seed, line by line

This project began as one page, a Vagrantfile and a manifest: [examples/seed/original](../examples/seed/original/).
[examples/seed/lab.yaml](../examples/seed/lab.yaml) is the same lab. The tables below list every line of the original,
with the file that sets the same in k3s-lab, or the reason why k3s-lab does it differently. This page is written by
\`node --import tsx scripts/test/seed/write-table.ts\`; a test compares its data with the original's text and with the
files that k3s-lab renders for that lab.yaml.

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
    return `| ${linesOf(lines).filter(isSetting).map(code).join("<br>")} | ${cell(sets)} | ${ours.join("<br>")} |`;
  });
  return ["| The seed | What it sets | In k3s-lab |", "|---|---|---|", ...rows].join("\n");
}

/** The next column says what a comment says. */
function isSetting(line: string): boolean {
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
