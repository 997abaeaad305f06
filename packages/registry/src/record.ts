import type { Lab, StateFile } from "@k3s-lab/lab";
import * as v from "valibot";
import { readKeys } from "./keys.js";
import { Registry } from "./registry.js";

/** `.lab/registry.json`. */
export const registryRecord: StateFile<Registry> = {
  file: "registry",
  version: 3,
  schema: v.pipe(
    v.object({
      node: v.string(),
      address: v.string(),
      port: v.number(),
      published: v.exactOptional(v.number()),
      tls: v.exactOptional(v.boolean()),
      auth: v.exactOptional(v.boolean()),
    }),
    v.transform((values) => new Registry(values)),
  ),
  migrate,
};

/** Returns what the last `lab:up` recorded, with what it is spoken to by; undefined before the first. */
export function readRegistry({ state }: Pick<Lab, "state">): Registry | undefined {
  const registry = state.read(registryRecord);
  // A registry that is not secured needs none, and its commands no time for it.
  return registry?.auth || registry?.tls ? registry.withKeys(readKeys({ state })) : registry;
}

/**
 * Version 1 had the address and the port in one text: { name: "multi:5000", endpoint: "http://10.76.0.10:5000", node }. Version 2 knew
 * no registry that is secured.
 */
function migrate(older: Readonly<Record<string, unknown>>, version: number): object | undefined {
  if (version === 2) return older;
  const { node, endpoint } = older;
  if (version !== 1 || typeof endpoint !== "string" || !URL.canParse(endpoint)) return undefined;
  const { hostname: address, port } = new URL(endpoint);
  return { node, address, port: Number(port) };
}
