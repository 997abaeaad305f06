import { join } from "node:path";
import { readIfExists, readText } from "@k3s-lab/host";
import { configRecord, type Lab } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import * as v from "valibot";
import { snapshotFiles } from "./places.js";

const schema = v.object({
  /** lab.yaml as it was; absent where there was none. */
  labYaml: v.exactOptional(v.string()),
  /** Its configuration as it was recorded, with defaults. */
  config: configRecord.schema.entries.config,
  /** The record of the passwords of its tokens, which its servers' and agents' disks go by. */
  secrets: v.string(),
});

/** What of a lab's folder cannot be made again from its machines. */
export type Records = v.InferOutput<typeof schema>;

export function recordsOf({ file, config, state }: Pick<Lab, "file" | "config" | "state">): Records {
  const labYaml = readIfExists(file);
  const secrets = readIfExists(state.path("secrets")) ?? "";
  return { ...(labYaml !== undefined && { labYaml }), config, secrets };
}

export function readRecords(folder: string): Records {
  const file = join(folder, snapshotFiles.records);
  try {
    return v.parse(schema, JSON.parse(readText(file) ?? ""));
  } catch (cause) {
    throw new Problem("LAB-SNP-006", file, "cannot be read", { remedy: "Copy the snapshot again.", cause });
  }
}
