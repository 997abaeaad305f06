import { markdownTable } from "@k3s-lab/testbed";
import { alternatives, type JsonSchema, resolve, typeWords } from "./json-schema.js";

/** Renders docs/reference/events.md from the JSON Schema of the events. */
export function eventsPage(schema: JsonSchema): string {
  const kinds = alternatives(schema, schema).map((kind) => ({ name: nameOf(kind), kind }));
  return `# Events

With \`--json\` a command prints one JSON object a line while it goes on: standard output holds nothing else. The JSON Schema is
[events.schema.json](../../scripts/events.schema.json). \`event\` tells which kind it is.
${kinds.map(({ name, kind }) => section(name, kind, schema)).join("")}`;
}

function section(name: string, kind: JsonSchema, root: JsonSchema): string {
  const rows = Object.entries(kind.properties ?? {}).map(([key, value]) => [
    `\`${key}\``,
    typeWords(value, root),
    kind.required?.includes(key) ? "" : "may be absent",
    (resolve(value, root).description ?? "").replaceAll("|", "\\|"),
  ]);
  return `
## ${name}
${kind.description === undefined ? "" : `${kind.description}\n\n`}${markdownTable(["key", "value", "", ""], rows)}
`;
}

/** An event's name, by the only value that its key \`event\` may have. */
function nameOf({ properties, title }: JsonSchema): string {
  const { const: value, enum: values } = properties?.event ?? {};
  return String(value ?? values?.join(", ") ?? title ?? "event");
}
