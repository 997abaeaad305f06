import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fullName, parseReference } from "@k3s-lab/images";
import { type Credentials, findCredentials, loginPlaces } from "@k3s-lab/images/credentials";
import type { Problem } from "@k3s-lab/problem";

interface Looking {
  /** An empty folder. */
  readonly scratch: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  progress(message: string): void;
}

/**
 * Returns skopeo's flags for the credentials by which the caller may read an image of a registry, where they have logged
 * in. skopeo by itself knows neither docker's `credsStore`, nor, under sudo, whose files count.
 */
export async function sourceCredentials(
  reference: string,
  { scratch, env, signal, progress }: Looking,
): Promise<readonly string[]> {
  const { domain = "", path } = parseReference(fullName(reference)) ?? { path: "" };
  // The image may be public.
  const skip = ({ subject, what }: Problem) => progress(`continuing without the credentials of ${subject}: ${what}`);
  const found = await findCredentials(domain, loginPlaces("skopeo", env), { path, env, signal, skip });
  if (found === undefined) return [];
  const file = join(scratch, "auth.json");
  writeFileSync(file, JSON.stringify({ auths: { [domain]: entryOf(found) } }), { mode: 0o600 });
  return [`--src-authfile=${file}`];
}

/** Returns an auth file's entry: skopeo ignores a token without a name and a password beside it. */
function entryOf(found: Credentials): object {
  const auth = (user: string, password: string) => Buffer.from(`${user}:${password}`).toString("base64");
  if ("identityToken" in found) return { auth: auth("token", ""), identitytoken: found.identityToken };
  return { auth: auth(found.username, found.password) };
}
