import { randomBytes } from "node:crypto";
import type { Lab, StateFile } from "@k3s-lab/lab";
import * as v from "valibot";

/** The passwords of a cluster: made once, and kept as long as the lab. */
export interface Secrets {
  /** Lets a server join, and encrypts what servers share. */
  readonly serverPassword: string;
  /** Lets an agent join, and nothing else. */
  readonly agentPassword: string;
}

/** `.lab/secrets.json`. */
export const secretsRecord: StateFile<Secrets> = {
  file: "secrets",
  version: 1,
  schema: v.object({ serverPassword: v.string(), agentPassword: v.string() }),
};

export function readSecrets(lab: Lab): Secrets | undefined {
  return lab.state.read(secretsRecord);
}

export function makeSecrets(lab: Lab): void {
  const password = () => randomBytes(16).toString("hex");
  lab.state.write(secretsRecord, { serverPassword: password(), agentPassword: password() });
}
