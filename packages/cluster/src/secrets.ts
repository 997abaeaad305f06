import { randomBytes } from "node:crypto";
import type { Lab } from "@k3s-lab/lab";
import { secretsRecord } from "./record.js";

/** `.lab/secrets.json`: made once, and kept as long as the lab. */
export interface Secrets {
  /** Lets a server join, and encrypts what servers share. */
  readonly serverPassword: string;
  /** Lets an agent join, and nothing else. */
  readonly agentPassword: string;
}

export function readSecrets(lab: Lab): Secrets | undefined {
  return lab.state.read(secretsRecord);
}

export function makeSecrets(lab: Lab): void {
  const password = () => randomBytes(16).toString("hex");
  lab.state.write(secretsRecord, { serverPassword: password(), agentPassword: password() });
}
