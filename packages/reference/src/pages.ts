import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { commands } from "@k3s-lab/scripts/commands";
import { commandLinePage } from "./command-line-page.js";
import { errorPages, errorsIndex } from "./errors-pages.js";
import { eventsPage } from "./events-page.js";
import { exitCodesPage } from "./exit-codes-page.js";
import { filesPage } from "./files-page.js";
import type { JsonSchema } from "./json-schema.js";
import { labYamlPage } from "./lab-yaml-page.js";

export const root = fileURLToPath(new URL("../../../", import.meta.url));
/** The folders that hold nothing but generated pages. */
export const folders = ["docs/reference", "docs/errors"] as const;

/** Renders every generated page, by its path in the repository. */
export function pages(): ReadonlyMap<string, string> {
  const reference: Readonly<Record<string, string>> = {
    "command-line": commandLinePage(commands),
    "lab-yaml": labYamlPage(readSchema(join(root, "packages/lab/lab.schema.json"))),
    events: eventsPage(readSchema(join(root, "scripts/events.schema.json"))),
    "exit-codes": exitCodesPage(),
    files: filesPage(),
  };
  return new Map([
    ...Object.entries(reference).map(([name, text]) => [`docs/reference/${name}.md`, signed(text)] as const),
    ["docs/reference/README.md", signed(index(Object.keys(reference)))],
    ["docs/errors/README.md", signed(errorsIndex())],
    ...[...errorPages()].map(([name, text]) => [`docs/errors/${name}`, signed(text)] as const),
  ]);
}

/** Tells whoever opens a page where it comes from. */
function signed(page: string): string {
  return `<!-- Made by \`npm run docs\`; do not edit. -->\n${page}`;
}

const titles: Readonly<Record<string, string>> = {
  "command-line": "every command and flag, and the variables of the environment",
  "lab-yaml": "every key of lab.yaml, with its default",
  events: "what commands print with `--json`",
  "exit-codes": "what a command ends with",
  files: "what is in `.lab/` and on the host",
};

function index(names: readonly string[]): string {
  const lines = names.map((name) => `- [${name}](${name}.md): ${titles[name]}`);
  return `# Reference\n\n${[...lines, "- [errors](../errors/README.md): every error, its cause and what to do"].join("\n")}\n`;
}

function readSchema(file: string): JsonSchema {
  return JSON.parse(readFileSync(file, "utf8")) as JsonSchema;
}
