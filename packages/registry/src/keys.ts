import { createHash } from "node:crypto";
import type { Lab, StateFile } from "@k3s-lab/lab";
import * as v from "valibot";

const pair = v.object({ certificate: v.string(), key: v.string() });
const login = v.object({
  username: v.string(),
  password: v.string(),
  /** Its bcrypt hash, which differs each time that it is made. */
  hash: v.string(),
  from: v.picklist(["lab", "lab.yaml"]),
});
const keys = v.object({
  login: v.exactOptional(login),
  authority: v.exactOptional(pair),
  server: v.exactOptional(pair),
  /** How often anything of them was made: nodes prove each by a pull. */
  revision: v.exactOptional(v.number()),
});

/** Who signs in to the registry. `from` tells who has chosen the password. */
export type Login = v.InferOutput<typeof login>;

/** A certificate and its key, PEM. */
export type KeyPair = v.InferOutput<typeof pair>;

/** What makes a registry secure: made once, and kept as long as the lab. */
export type RegistryKeys = v.InferOutput<typeof keys>;

/** `.lab/registry-keys.json`. */
export const keysRecord: StateFile<RegistryKeys> = { file: "registryKeys", version: 1, schema: keys };

export function readKeys(lab: Pick<Lab, "state">): RegistryKeys {
  return lab.state.read(keysRecord) ?? {};
}

/** Returns what tells keys from all others, and does not tell what they are. */
export function sumOf({ login: known, server }: RegistryKeys): string | undefined {
  if (known === undefined && server === undefined) return undefined;
  const secret = [known?.username, known?.hash, server?.certificate];
  return createHash("sha256").update(JSON.stringify(secret)).digest("hex").slice(0, 16);
}
