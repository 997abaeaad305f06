import { isDeepStrictEqual } from "node:util";
import { parseConfig } from "@k3s-lab/lab/parse-config";

/** Tells whether a key of lab.yaml has this value without being written. */
export function isDefault(path: readonly string[], value: unknown): boolean {
  let node: unknown = parseConfig("");
  for (const key of path) node = (node as Readonly<Record<string, unknown>>)[key];
  return isDeepStrictEqual(node, value);
}
