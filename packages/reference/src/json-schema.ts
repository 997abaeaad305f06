/** What the pages read of a JSON Schema. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly required?: readonly string[];
}

/** Returns a schema with what it refers to in its place; `root` holds the definitions. */
export function resolve(schema: JsonSchema, root: JsonSchema): JsonSchema {
  if (schema.$ref === undefined) return schema;
  const name = /^#\/(?:\$defs|definitions)\/(.+)$/.exec(schema.$ref)?.[1] ?? "";
  const { $ref: _, ...own } = schema;
  return { ...resolve(root.$defs?.[name] ?? {}, root), ...own };
}

/** Returns the alternatives of a schema: itself, where it has none. */
export function alternatives(schema: JsonSchema, root: JsonSchema): readonly JsonSchema[] {
  const { anyOf, oneOf } = resolve(schema, root);
  return (oneOf ?? anyOf)?.map((each) => resolve(each, root)) ?? [resolve(schema, root)];
}

/** Tells in a few words which values a schema allows, as Markdown: "`auto` or 1 to 65535". */
export function typeWords(schema: JsonSchema, root: JsonSchema): string {
  const resolved = resolve(schema, root);
  const { anyOf, oneOf } = resolved;
  const several = oneOf ?? anyOf;
  if (several) return [...new Set(several.map((each) => typeWords(each, root)))].join(" or ");
  if (resolved.const !== undefined) return code(resolved.const);
  if (resolved.enum) return resolved.enum.map(code).join(", ");
  const { minimum, maximum, items } = resolved;
  const types = [resolved.type ?? "any value"].flat();
  return types.map((type) => words(type, { minimum, maximum, items }, root)).join(" or ");
}

type Limits = { readonly [Key in "minimum" | "maximum" | "items"]: JsonSchema[Key] | undefined };

function words(type: string, { minimum, maximum, items }: Limits, root: JsonSchema): string {
  switch (type) {
    case "string":
      return "text";
    case "boolean":
      return "`true` or `false`";
    case "integer":
    case "number":
      if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`;
      return minimum === undefined ? "number" : `number from ${minimum}`;
    case "array":
      return items === undefined ? "list" : `list of ${plural(typeWords(items, root))}`;
    case "object":
      return "keys with values";
    default:
      return type;
  }
}

function plural(type: string): string {
  return type === "text" || type === "number" ? `${type}s` : type;
}

/** A value as Markdown. */
export function code(value: unknown): string {
  const text = typeof value === "string" && value !== "" ? value : JSON.stringify(value);
  return `\`${text.replaceAll("|", "\\|")}\``;
}
