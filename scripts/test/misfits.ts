import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";

interface Variant {
  readonly properties: Readonly<Record<string, { readonly const?: string }>>;
  readonly additionalProperties?: boolean;
}

const schema = JSON.parse(readFileSync(new URL("../events.schema.json", import.meta.url), "utf8")) as {
  readonly anyOf: readonly Variant[];
};

/** Returns the lines that do not fit the schema of --json, or that have a key which it does not describe. */
export function misfitsOf(lines: readonly string[]): readonly string[] {
  // Readers may meet keys of later versions; what this version prints is described.
  const closed = { ...schema, anyOf: schema.anyOf.map((each) => ({ additionalProperties: false, ...each })) };
  const fits = new Ajv2020({ formats: { "date-time": true } }).compile(closed);
  return lines.filter((line) => !fits(JSON.parse(line)));
}
