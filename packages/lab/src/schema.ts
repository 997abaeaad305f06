import { z } from "zod";
import { labConfig } from "./config.js";

/** The JSON Schema of lab.yaml, for editors: checked in as lab.schema.json. */
export function jsonSchema(): string {
  const schema = z.toJSONSchema(labConfig, { io: "input" });
  return `${JSON.stringify({ title: "lab.yaml of k3s-lab", ...schema }, undefined, 2)}\n`;
}
