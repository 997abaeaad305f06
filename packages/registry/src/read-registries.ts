import { createPrivateKey, X509Certificate } from "node:crypto";
import { join } from "node:path";
import { contributedFolder } from "@k3s-lab/cluster";
import { findCredentials, loginPlaces } from "@k3s-lab/images/credentials";
import { isLoopbackHost } from "@k3s-lab/ip";
import { type Foreseen, isModules } from "@k3s-lab/k3s-source";
import type { Lab, LabConfig } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import type { ContributedFile } from "@k3s-lab/stages";
import { type Reading, readNamed, readSecret, refused } from "./read-secret.js";
import type { RegistryConfig } from "./registries-yaml.js";

type Asked = LabConfig["registry"]["configs"][string];
type Auth = NonNullable<Asked["auth"]>;
type Tls = NonNullable<Asked["tls"]>;

/** The nodes' settings for registries other than the lab's, with the secrets and files that lab.yaml only names. */
export interface ReadRegistries {
  /** By the registry's host and port. */
  readonly configs: ReadonlyMap<string, RegistryConfig>;
  /** The certificates and keys that the configurations name. */
  readonly files: readonly ContributedFile[];
}

/** Reads what `registry.configs` names. Throws a Problem (exit code 2) that names the key of what cannot be read. */
export async function readRegistries(reading: Reading): Promise<ReadRegistries> {
  const asked = Object.entries(reading.config.registry.configs);
  const all = await Promise.all(asked.map(([name, config]) => readConfig(name, config, reading)));
  return { configs: new Map(all.map(({ name, config }) => [name, config])), files: all.flatMap(({ files }) => files) };
}

async function readConfig(name: string, { auth, tls }: Asked, reading: Reading) {
  const key = `registry.configs.${name}`;
  const files = tls === undefined ? [] : tlsFiles(`${key}.tls`, name, tls, reading);
  const read = auth === undefined ? undefined : await readAuth(`${key}.auth`, name, auth, reading);
  const paths = Object.fromEntries(files.map(({ directive, file }) => [directive, file.path]));
  const config: RegistryConfig = {
    ...(read && { auth: read }),
    ...(tls && { tls: { ...paths, ...(tls.insecure_skip_verify && { insecure_skip_verify: true }) } }),
  };
  return { name, config, files: files.map(({ file }) => file) };
}

async function readAuth(key: string, name: string, auth: Auth, reading: Reading): Promise<RegistryConfig["auth"]> {
  const { username, password, auth: encoded, identity_token: token, docker } = auth;
  if (docker) return dockerAuth(`${key}.docker`, name, reading);
  return {
    ...(username !== undefined && { username }),
    ...(password && { password: readSecret(`${key}.password`, password, reading) }),
    ...(encoded && { auth: readSecret(`${key}.auth`, encoded, reading) }),
    ...(token && { identity_token: readSecret(`${key}.identity_token`, token, reading) }),
  };
}

async function dockerAuth(key: string, name: string, reading: Reading): Promise<RegistryConfig["auth"]> {
  const places = loginPlaces("docker", reading.env);
  const unread: Problem[] = [];
  const skip = (problem: Problem) => void unread.push(problem);
  const found = await findCredentials(name, places, { env: reading.env, signal: reading.signal, skip });
  if (found === undefined) {
    const [problem] = unread;
    if (problem !== undefined) throw problem;
    const what = `no credentials of ${name} were found, expected in ${places.map(({ title }) => title).join(" or ")}`;
    throw refused(reading, key, what, `Run \`docker login ${name}\` or \`podman login ${name}\`.`);
  }
  return "identityToken" in found ? { identity_token: found.identityToken } : found;
}

interface TlsFile {
  readonly directive: "ca_file" | "cert_file" | "key_file";
  readonly file: ContributedFile;
}

function tlsFiles(key: string, name: string, tls: Tls, reading: Reading): readonly TlsFile[] {
  const contents = (["ca_file", "cert_file", "key_file"] as const).flatMap((directive) => {
    const file = tls[directive];
    if (file === undefined) return [];
    const content = readNamed(`${key}.${directive}`, file, reading);
    const fault = directive === "key_file" ? keyFault(content) : certificateFault(content);
    if (fault !== undefined) throw refused(reading, `${key}.${directive}`, `${file} ${fault}`);
    return [{ directive, content }];
  });
  const [certificate, privateKey] = (["cert_file", "key_file"] as const).map(
    (directive) => contents.find((each) => each.directive === directive)?.content,
  );
  if (certificate !== undefined && privateKey !== undefined && !belongTogether(certificate, privateKey)) {
    throw refused(reading, `${key}.key_file`, `${tls.key_file} is not the key of ${tls.cert_file}`);
  }
  // A name is a host with a port, or "*"; an IPv6 address is in brackets.
  const stem = name === "*" ? "_default" : name.replaceAll(/[[\]]/g, "").replaceAll(":", "_");
  return contents.map(({ directive, content }) => ({
    directive,
    file: {
      path: join(contributedFolder, `${stem}.${directive.replace("_file", ".pem")}`),
      content,
      mode: directive === "key_file" ? 0o600 : 0o644,
      keys: [`${key}.${directive}`],
      // containerd reads it at each pull.
      isReadAtStart: false,
    },
  }));
}

function certificateFault(content: string): string | undefined {
  try {
    return void new X509Certificate(content);
  } catch {
    return "holds no certificate, expected one in PEM";
  }
}

function keyFault(content: string): string | undefined {
  if (/^-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(content)) {
    return "is encrypted, expected a key that nodes can use without a password";
  }
  try {
    return void createPrivateKey(content);
  } catch {
    return "holds no private key, expected one in PEM";
  }
}

function belongTogether(certificate: string, privateKey: string): boolean {
  return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey));
}

/** Refuses what the K3s of a lab cannot do. */
export function refuseRewrites({ file, config }: Pick<Lab, "file" | "config">, source: Foreseen["source"]): void {
  const [name] = Object.entries(config.registry.mirrors).find(([, { rewrite = {} }]) => Object.keys(rewrite)[0]) ?? [];
  if (name === undefined || !isModules(source)) return;
  throw refused(
    { file },
    `registry.mirrors.${name}.rewrite`,
    "K3s from Go modules cannot rewrite names, which requires K3s' own containerd",
    "Use an official release (cluster.source), or an endpoint with a path such as https://HOST/v2/PROJECT.",
  );
}

/** Notes which endpoints of lab.yaml, most often meant to be on the host, are each node itself. */
export function onNodesThemselves({ mirrors }: Pick<LabConfig["registry"], "mirrors">): readonly string[] {
  return Object.entries(mirrors).flatMap(([name, { endpoint = [] }]) =>
    endpoint
      .filter((url) => isLoopbackHost(/^(?:https?:\/\/)?(\[[^\]]*\]|[^:/]*)/i.exec(url)?.[1] ?? ""))
      .map(
        (url) =>
          `registry.mirrors.${name}: on a node, ${url} is the node itself. ` +
          "If a registry of this host is meant, write an address of the host that nodes reach.",
      ),
  );
}
