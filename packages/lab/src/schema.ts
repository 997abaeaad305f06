import { toJsonSchema } from "@valibot/to-json-schema";
import { extension, labConfig } from "./config.js";

/** Writes the JSON Schema of lab.yaml, for editors: checked in as lab.schema.json. What only code checks is left out. */
export function jsonSchema(): string {
  const schema = toJsonSchema(labConfig, {
    typeMode: "input",
    target: "draft-2020-12",
    errorMode: "ignore",
  });
  const patternProperties = {
    [`^${extension}`]: { description: "Not read: a place for anchors that aliases and merge keys (<<) refer to." },
  };
  return `${JSON.stringify({ title: "lab.yaml of k3s-lab", ...schema, patternProperties }, undefined, 2)}\n`;
}
