import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { type Lab, type LabConfig, namedPath } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";

type Secret = NonNullable<NonNullable<LabConfig["registry"]["configs"][string]["auth"]>["password"]>;

/** What is read, and the environment that it names. */
export type Reading = Pick<Lab, "file" | "config"> & {
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
};

/** Reads a secret, without the newline that an editor leaves after it. Throws (exit code 2) where there is none. */
export function readSecret(key: string, { file, env: variable = "" }: Secret, reading: Reading): string {
  const { env = process.env } = reading;
  if (file === undefined) {
    const value = env[variable];
    if (value?.trim()) return value;
    const remedy = `Export ${variable}; under sudo, --preserve-env=${variable} passes it on.`;
    throw refused(reading, `${key}.env`, `the environment has no ${variable}`, remedy);
  }
  const secret = readNamed(`${key}.file`, file, reading).replace(/[\r\n]+$/, "");
  if (secret.trim() !== "") return secret;
  throw refused(reading, `${key}.file`, `${file} is empty, expected the secret`);
}

/** Reads a file that lab.yaml names. */
export function readNamed(key: string, named: string, reading: Reading): string {
  const path = namedPath(reading, named, reading.env);
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw refused(reading, key, code === "ENOENT" ? `${path} does not exist` : `${path} cannot be read (${code})`);
  }
}

export function refused({ file }: Pick<Reading, "file">, key: string, what: string, remedy?: string): Problem {
  return new Problem("LAB-REG-012", basename(file), `${key}: ${what}`, { remedy });
}
