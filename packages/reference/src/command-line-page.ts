import type { CommandSpec } from "@k3s-lab/scripts/commands";
import { markdownTable } from "@k3s-lab/testbed";

/** Renders docs/reference/command-line.md from the table of commands. */
export function commandLinePage(commands: Readonly<Record<string, CommandSpec>>): string {
  const rows = Object.entries(commands);
  const index = rows.map(([name, { script, does }]) => [
    `[\`npm run ${script}\`](#${name})`,
    `\`k3s-lab ${name}\``,
    escape(does),
  ]);
  return `# Command line

Each command is an npm script, and a word of \`npx k3s-lab\`. npm takes for its own what follows no \`--\`:
\`npm run lab:status -- --json\`, but \`npx k3s-lab status --json\`. A command is called in any folder with a lab.yaml, or names one
with \`--config\`; variables are below.

${markdownTable(["npm", "k3s-lab", ""], index)}
${rows.map(([name, spec]) => section(name, spec)).join("")}
## Variables of the environment
${markdownTable(
  ["variable", ""],
  Object.entries(variables).map(([name, does]) => [`\`${name}\``, does]),
)}
`;
}

function section(name: string, { script, does, operands, flags = {}, withoutLab, examples }: CommandSpec): string {
  const config = { value: "FILE", does: "the lab's configuration; default: lab.yaml or lab.yml in the current folder" };
  const all: Readonly<Record<string, { readonly value?: string; readonly does: string }>> = {
    ...(withoutLab ? {} : { config }),
    ...flags,
    help: { does: "show this help" },
  };
  const words = operands === undefined ? "" : ` ${operands}`;
  return `
## ${name}
${does}

    npm run ${script} -- [FLAGS]${words}
    npx k3s-lab ${name} [FLAGS]${words}

${markdownTable(
  ["flag", ""],
  Object.entries(all).map(([flag, { value, does: line }]) => [
    `\`--${flag}${value === undefined ? "" : ` ${value}`}\``,
    escape(line),
  ]),
)}

${markdownTable(
  ["example", ""],
  examples.map(([args, line]) => [`\`npm run ${script}${args === "" ? "" : ` -- ${escape(args)}`}\``, escape(line)]),
)}
`;
}

function escape(text: string): string {
  return text.replaceAll("|", "\\|");
}

/** What a person may set; what commands set for the processes that they start is not here. */
const variables = {
  K3S_LAB_CONFIG: "the lab's configuration, as `--config`",
  K3S_LAB_CACHE: "where K3s and images are kept; default: `~/.cache/k3s-lab`",
  K3S_LAB_REPORT: "`pretty`, `plain` or `json`: how progress is reported; default: pretty in a terminal, else plain",
  K3S_LAB_DEBUG:
    "set to 1: an unexpected error is shown with its stack, by lines of the sources, and Node's warnings are shown",
  NO_COLOR: "set: no colours",
  CI: "set: progress as plain lines",
} as const;
