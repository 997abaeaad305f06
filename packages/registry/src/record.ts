import type { Lab, StateFile } from "@k3s-lab/lab";
import * as v from "valibot";
import { Registry } from "./registry.js";

/** `.lab/registry.json`. */
export const registryRecord: StateFile<Registry> = {
  file: "registry",
  version: 2,
  schema: v.pipe(
    v.object({
      node: v.string(),
      address: v.string(),
      port: v.number(),
      published: v.exactOptional(v.number()),
      servers: v.exactOptional(v.array(v.string())),
    }),
    v.transform((values) => new Registry(values)),
  ),
  migrate,
};

/** Returns what the last `lab:up` recorded; undefined before the first. */
export function readRegistry({ state }: Pick<Lab, "state">): Registry | undefined {
  return state.read(registryRecord);
}

/** Version 1 had the address and the port in one text: { name: "multi:5000", endpoint: "http://10.76.0.10:5000", node }. */
function migrate({ node, endpoint }: Readonly<Record<string, unknown>>, version: number): object | undefined {
  if (version !== 1 || typeof endpoint !== "string" || !URL.canParse(endpoint)) return undefined;
  const { hostname: address, port } = new URL(endpoint);
  return { node, address, port: Number(port) };
}
