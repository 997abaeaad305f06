import { type Answers, settingsOf } from "./answers.js";
import { isDefault } from "./defaults.js";
import type { Comments } from "./explain.js";
import { inline, inlineNode } from "./yaml-text.js";

/** A line of the file, and whether it only shows a default. */
interface Line {
  readonly text: string;
  readonly shown: boolean;
}

/** What a lab.yaml says of itself. */
export interface Heading {
  /** Where editors find its schema: a path that begins at the file's folder. */
  readonly schema: string;
  /** Sentences on where the answers come from. */
  readonly about: readonly string[];
}

const schemaLine = "# yaml-language-server: $schema=";
const onDefaults = [
  "# What is commented out shows a default. Every key: lab.example.yaml in the folder of k3s-lab.",
  "# `npm run lab:init` asks again, and changes only what is answered otherwise.",
];

/** Returns how a lab.yaml that was written here begins; undefined for any other. */
export function headingOf(text: string): Heading | undefined {
  const lines = text.split("\n");
  const [first = ""] = lines;
  const end = lines.indexOf(onDefaults[0] ?? "");
  if (!first.startsWith(schemaLine) || end === -1) return undefined;
  return { schema: first.slice(schemaLine.length), about: lines.slice(1, end).map((line) => line.replace(/^# /, "")) };
}

/** Writes a lab.yaml that was not there before: what differs from the defaults is set, the rest is shown in comments. */
export function renderLabFile(answers: Answers, comments: Comments, { schema, about }: Heading): string {
  const settings = settingsOf(answers).filter(({ value }) => value !== undefined);
  const inside = (...above: readonly string[]): readonly Line[] =>
    settings
      .filter(({ path }) => path.slice(0, -1).join(".") === above.join("."))
      .map(({ path, value = "" }) => ({
        text: `${path.at(-1)}: ${inline(value)}${commentOf(comments[path.join(".")])}`,
        shown: isDefault(path, value),
      }));
  const blocks = [
    inside(),
    nodesOf(answers, commentOf(comments.nodes)),
    section("machines", [...inside("machines"), ...section("vagrant", inside("machines", "vagrant"))]),
    section("network", inside("network")),
    section("cluster", inside("cluster")),
  ];
  const head = [`${schemaLine}${schema}`, ...about.map((sentence) => `# ${sentence}`), ...onDefaults];
  return `${[head, ...blocks.map((block) => block.map(written))].map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function commentOf(comment: string | undefined): string {
  return comment === undefined ? "" : ` # ${comment}`;
}

/** Indents what is in a section. One in which nothing is set is a comment as a whole; else only its defaults are. */
function section(name: string, lines: readonly Line[]): readonly Line[] {
  if (lines.length === 0) return [];
  const shown = lines.every((line) => line.shown);
  const inner = lines.map((line) => ({ text: `  ${shown ? line.text : written(line)}`, shown }));
  return [{ text: `${name}:`, shown }, ...inner];
}

function nodesOf({ nodes }: Answers, comment: string): readonly Line[] {
  const shown = isDefault(["nodes"], nodes);
  return [`nodes:${comment}`, ...nodes.map((node) => `  - ${inlineNode(node)}`)].map((text) => ({ text, shown }));
}

function written({ text, shown }: Line): string {
  return shown ? `# ${text}` : text;
}
