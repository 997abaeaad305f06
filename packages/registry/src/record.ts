import type { StateFile } from "@k3s-lab/lab";
import * as v from "valibot";
import type { Registry } from "./registry.js";

/** `.lab/registry.json`. */
export const registryRecord: StateFile<Registry> = {
  file: "registry",
  version: 1,
  schema: v.object({ name: v.string(), endpoint: v.string(), node: v.string() }),
};
