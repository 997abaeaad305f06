import { X509Certificate } from "node:crypto";
import type { Lab } from "@k3s-lab/lab";
import { type KeyPair, type Login, readKeys, type RegistryKeys } from "./keys.js";
import { serviceNames } from "./names.js";
import { type Reading, readSecret } from "./read-secret.js";
import type { Registry } from "./registry.js";

/** Who is to sign in, as lab.yaml has it; without a password where the lab makes one. */
export interface AskedLogin {
  readonly username: string;
  readonly password?: string;
}

/** Returns who is to sign in; undefined for nobody. Throws (exit code 2) where a password cannot be read. */
export function askedLogin(reading: Reading): AskedLogin | undefined {
  const { auth } = reading.config.registry;
  if (auth === "off") return undefined;
  if (auth === "basic") return { username: usualUser };
  const { username, password } = auth;
  if (password === undefined) return { username };
  return { username, password: readSecret("registry.auth.password", password, reading) };
}

const usualUser = "lab";

/** Days that a certificate must be valid for at least, or it is made anew. */
export const leastDays = 30;

/** Returns what the certificate of the registry must be valid for. */
export function subjectsOf({ node, address }: Pick<Registry, "node" | "address">) {
  return { names: [node, "localhost", ...serviceNames], addresses: [address, "127.0.0.1"] };
}

/** Returns what of the keys is as it should be; the revision counts what is to be made. */
export function fitting(
  known: RegistryKeys,
  { asked, registry, now = Date.now() }: { asked: AskedLogin | undefined; registry: Registry; now?: number },
): RegistryKeys {
  const { authority, server } = known;
  const hasLogin = asked !== undefined && known.login !== undefined && isAsked(known.login, asked);
  const hasAuthority = registry.tls && authority !== undefined && isFresh(authority, now);
  const hasServer = hasAuthority && server !== undefined && isFresh(server, now) && isFor(server, registry);
  const found: RegistryKeys = {
    ...(hasLogin && { login: known.login }),
    ...(hasAuthority && { authority }),
    ...(hasServer && isBy(server, authority) && { server }),
  };
  return { ...found, revision: (known.revision ?? 0) + (isComplete(found, registry) ? 0 : 1) };
}

function isAsked({ username, password, from }: Login, asked: AskedLogin): boolean {
  const isSame = asked.password === undefined ? from === "lab" : asked.password === password;
  return username === asked.username && isSame;
}

function isFresh({ certificate }: KeyPair, now: number): boolean {
  return Date.parse(new X509Certificate(certificate).validTo) - now > leastDays * 24 * 3_600_000;
}

function isFor({ certificate }: KeyPair, registry: Registry): boolean {
  const seen = new X509Certificate(certificate);
  const { names, addresses } = subjectsOf(registry);
  return names.every((name) => seen.checkHost(name)) && addresses.every((address) => seen.checkIP(address));
}

function isBy({ certificate }: KeyPair, authority: KeyPair): boolean {
  return new X509Certificate(certificate).checkIssued(new X509Certificate(authority.certificate));
}

/** Whether the keys are all that a registry needs. */
export function isComplete({ login: known, authority, server }: RegistryKeys, { tls, auth }: Registry): boolean {
  return (!auth || known !== undefined) && (!tls || (authority !== undefined && server !== undefined));
}

/** Returns the keys that lab.yaml asks for, as far as they were made: for a plan, which makes none. */
export function wantedKeys(lab: Lab, registry: Registry): RegistryKeys {
  if (!registry.auth && !registry.tls) return {};
  return fitting(readKeys(lab), { asked: askedLogin(lab), registry });
}
