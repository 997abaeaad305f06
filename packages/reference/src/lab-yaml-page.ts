import { markdownTable } from "@k3s-lab/testbed";
import { alternatives, code, type JsonSchema, resolve, typeWords } from "./json-schema.js";

/** Renders docs/reference/lab-yaml.md from the schema of lab.yaml. */
export function labYamlPage(schema: JsonSchema): string {
  const keys = Object.entries(schema.properties ?? {});
  const single = keys.filter(([, key]) => key.properties === undefined && !isList(key));
  const sections = keys.filter(([, key]) => key.properties !== undefined || isList(key));
  return `# lab.yaml

Every key has a default, so that the file may be missing, or name only what differs. [lab.example.yaml](../../lab.example.yaml)
shows all of it as a file; an editor completes and checks it by \`packages/lab/lab.schema.json\`. Keys at the top that begin with
\`x-\` are not read: they hold anchors, which aliases and merge keys (\`<<\`) refer to.

In this page \`[]\` stands for each item of a list, and \`NAME\` for a key that you choose.

${table(single.flatMap(([name, key]) => rowsOf(name, key, schema)))}
${sections.map(([name, key]) => section(name, key, schema)).join("\n")}`;
}

function section(name: string, key: JsonSchema, root: JsonSchema): string {
  return `
## ${name}
${key.description ?? ""}

${table(rowsInside(name, key, root))}`;
}

function table(rows: readonly (readonly string[])[]): string {
  return markdownTable(["key", "value", "default", ""], rows);
}

/** Rows of a key and of all keys below it. */
function rowsOf(path: string, key: JsonSchema, root: JsonSchema): readonly (readonly string[])[] {
  const { description = "" } = resolve(key, root);
  const row = [`\`${path}\``, typeWords(key, root), defaultOf(key), description.replaceAll("|", "\\|")];
  return [row, ...rowsInside(path, key, root)];
}

/** Rows of the keys below a key: of a section, of the items of a list, of keys that people choose. */
function rowsInside(path: string, key: JsonSchema, root: JsonSchema): readonly (readonly string[])[] {
  return alternatives(key, root).flatMap((each) => {
    const { properties = {}, items, additionalProperties } = each;
    return [
      ...Object.entries(properties).flatMap(([name, inner]) => rowsOf(`${path}.${name}`, inner, root)),
      ...(items === undefined ? [] : rowsInside(`${path}[]`, items, root)),
      ...(typeof additionalProperties === "object" ? rowsInside(`${path}.NAME`, additionalProperties, root) : []),
    ];
  });
}

/** A section's own default is empty: what counts is that of its keys. */
function defaultOf({ default: value, properties }: JsonSchema): string {
  return value === undefined || properties !== undefined ? "" : code(value);
}

function isList({ items }: JsonSchema): boolean {
  return items?.properties !== undefined;
}
