import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { plainDestination, plainSource } from "@k3s-lab/images/skopeo";
import type { Login } from "./keys.js";

/** How this host speaks to a registry. */
export interface Access {
  /** "http://10.76.0.10:5000" */
  readonly endpoint: string;
  /** Who signs in; undefined where nobody has to. */
  readonly login?: Pick<Login, "username" | "password"> | undefined;
  /** The certificate of the authority that it is trusted by, PEM; undefined where it speaks plain HTTP. */
  readonly authority?: string | undefined;
}

/** Returns the header by which a user signs in. */
export function authorizationOf({ login }: Pick<Access, "login">): string | undefined {
  return login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`;
}

/**
 * Returns skopeo's flags for the registry as a source or a destination. Password and certificate are in files in `scratch`, which its
 * owner alone can read: arguments are seen by all users of the host.
 */
export function skopeoFlags(
  { endpoint, login, authority }: Access,
  of: "src" | "dest",
  scratch: string,
): readonly string[] {
  if (login === undefined && authority === undefined) return of === "src" ? plainSource : plainDestination;
  const { host } = new URL(endpoint);
  const folder = join(scratch, `${of}-registry`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const flags: string[] = [];
  if (authority === undefined) flags.push(`--${of}-tls-verify=false`);
  else {
    writeFileSync(join(folder, "ca.crt"), authority);
    flags.push(`--${of}-cert-dir=${folder}`);
  }
  if (login === undefined) flags.push(`--${of}-no-creds`);
  else {
    const auth = Buffer.from(`${login.username}:${login.password}`).toString("base64");
    const file = join(folder, "auth.json");
    writeFileSync(file, JSON.stringify({ auths: { [host]: { auth } } }), { mode: 0o600 });
    flags.push(`--${of}-authfile=${file}`);
  }
  return flags;
}
