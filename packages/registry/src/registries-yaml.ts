import { join } from "node:path";
import { contributedFolder } from "@k3s-lab/cluster";
import type { LabConfig } from "@k3s-lab/lab";
import { Scalar, stringify } from "yaml";
import type { Registry } from "./registry.js";

/** Where K3s on every node reads which registries need settings of their own. */
export const registriesPath = "/etc/rancher/k3s/registries.yaml";

/** A host's part of registries.yaml, with the secrets themselves and paths on the node. */
export interface RegistryConfig {
  readonly auth?: Readonly<Partial<Record<"username" | "password" | "auth" | "identity_token", string>>>;
  readonly tls?: Readonly<Partial<Record<"ca_file" | "cert_file" | "key_file", string>>> & {
    readonly insecure_skip_verify?: true;
  };
}

export interface OwnRegistries {
  readonly mirrors: LabConfig["registry"]["mirrors"];
  readonly configs: ReadonlyMap<string, RegistryConfig>;
}

/** Where nodes have the certificate of the authority that the lab's registry is trusted by. */
export const authorityPath = join(contributedFolder, "k3s-lab-registry.ca.pem");

/** Returns how nodes sign in to the lab's own registry, and what they trust: by the host and port that they ask. */
export function ownConfigs({ nodesEndpoint, access }: Registry): OwnRegistries["configs"] {
  const { login, authority } = access;
  if (login === undefined && authority === undefined) return new Map();
  const config: RegistryConfig = {
    ...(login && { auth: { username: login.username, password: login.password } }),
    ...(authority !== undefined && { tls: { ca_file: authorityPath } }),
  };
  return new Map([[new URL(nodesEndpoint).host, config]]);
}

/**
 * Renders registries.yaml: the lab's registry, whose endpoint begins with http:// unless it has a certificate,
 * and behind it those of lab.yaml by their names, so that another order there changes nothing here.
 */
export function registriesYaml(
  { name, host, published, nodesEndpoint }: Pick<Registry, "name" | "host" | "published" | "nodesEndpoint">,
  { mirrors, configs }: OwnRegistries,
): string {
  // What was pushed under either name is pulled under it.
  const own = [name, ...(published === undefined ? [] : [host])].map((each): readonly [string, object] => [
    each,
    { endpoint: [nodesEndpoint] },
  ]);
  const content = {
    mirrors: quoted(new Map([...own, ...byName(Object.entries(mirrors))])),
    ...(configs.size > 0 && { configs: quoted(new Map(byName(withAliases(configs)))) }),
  };
  return `# Written by k3s-lab; the next lab:up writes it again.\n${stringify(content, { lineWidth: 0 })}`;
}

function byName<Value>(entries: readonly (readonly [string, Value])[]): readonly (readonly [string, Value])[] {
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** Docker's registry has a name and an address, and K3s before v1.33.3 asks for credentials by the address alone. */
function withAliases(configs: OwnRegistries["configs"]): readonly (readonly [string, RegistryConfig])[] {
  const names = ["docker.io", "registry-1.docker.io"];
  const hub = names.flatMap((name) => configs.get(name) ?? [])[0];
  return [...new Map([...(hub ? names.map((name) => [name, hub] as const) : []), ...configs])];
}

/**
 * Puts every text and every name in quotes, so that none is mistaken for something else. K3s restarts where the file
 * changes, so the bytes of the lab's own mirror stay as earlier versions of k3s-lab wrote them.
 */
function quoted(value: unknown): unknown {
  if (typeof value === "string") return Object.assign(new Scalar(value), { type: Scalar.QUOTE_DOUBLE });
  if (Array.isArray(value)) return value.map(quoted);
  if (value instanceof Map) return new Map([...value].map(([key, each]) => [quoted(key), quoted(each)]));
  if (typeof value !== "object" || value === null) return value;
  const { rewrite, ...others } = value as Readonly<Record<string, unknown>>;
  const entries = Object.entries(others).map(([key, each]) => [key, quoted(each)] as const);
  // Its keys are a person's own text.
  const patterns =
    rewrite === undefined ? [] : [["rewrite", quoted(new Map(Object.entries(rewrite as object)))] as const];
  return Object.fromEntries([...entries, ...patterns]);
}
