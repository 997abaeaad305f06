import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { secretsInUrls } from "@k3s-lab/exec";
import { userName } from "@k3s-lab/host";
import { loginPlaces } from "@k3s-lab/images/credentials";
import { type Lab, namedPath } from "@k3s-lab/lab";
import type { Known } from "../redact/redactor.js";

type OfLab = Pick<Lab, "file" | "config" | "state">;

/** Files of the host that tell who and what is to be taken out; tests name others. */
export interface HostFiles {
  readonly passwd: string;
  readonly hostname: string;
  readonly resolvers: string;
}

const ordinary: HostFiles = { passwd: "/etc/passwd", hostname: "/etc/hostname", resolvers: "/etc/resolv.conf" };

/** Reads what has to be taken out of a report of this lab on this host. What cannot be read is passed over. */
export function knownOf(lab: OfLab, env: NodeJS.ProcessEnv = process.env, files: HostFiles = ordinary): Known {
  const hosts = [hostname(), read(files.hostname).trim()].filter(Boolean);
  return {
    secrets: [
      ...secretsOfLab(lab, env),
      ...secretsOfEnvironment(env),
      ...secretsOfLogins(env),
      ...secretsInKubeconfig(read(lab.state.path("kubeconfig"))),
    ],
    users: usersOf(env, read(files.passwd)),
    hosts: [...hosts, ...hosts.map((name) => name.split(".")[0] ?? "")],
    domains: domainsOf(hosts, read(files.resolvers)),
    macs: [...read(lab.state.path("machines")).matchAll(/"mac": "([\da-f:]+)"/gi)].map(([, mac = ""]) => mac),
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** The tokens of the cluster, the proxies' passwords, and what lab.yaml only names. */
function secretsOfLab(lab: OfLab, env: NodeJS.ProcessEnv): readonly string[] {
  const { host, registry } = lab.config;
  const tokens = textsIn(json(read(lab.state.path("secrets"))));
  // The password and its hash, and the keys of its certificates.
  const ofRegistry = entriesOf(json(read(lab.state.path("registryKeys"))))
    .filter(([key]) => key === "password" || key === "hash" || key === "key")
    .map(([, text]) => text);
  const proxies = [...textsIn(json(read(lab.state.path("proxies")))), ...textsIn(host.proxy)];
  const logins = Object.values(registry.configs).flatMap(({ auth = {} }) => {
    const { password, auth: encoded, identity_token: token } = auth;
    return [password, encoded, token].flatMap((secret) => [
      ...(secret?.file === undefined ? [] : [read(namedPath(lab, secret.file)).trim()]),
      ...(secret?.env === undefined ? [] : [env[secret.env] ?? ""]),
    ]);
  });
  return [...tokens, ...ofRegistry.flatMap(withParts), ...secretsInUrls(proxies), ...logins.flatMap(withParts)];
}

/** A variable whose name says so. */
const secretName =
  /pass(word|wd|phrase)?$|pwd$|secret|token|credential|(api|access|private|signing|encryption)_?key|cookie|auth/i;
/** Variables of such a name that hold a place. */
const placeName = /(file|path|dir|sock|socket|pid|home|url|host)$|^(PWD|OLDPWD|SSH_AUTH_SOCK|XAUTHORITY)$/i;

function secretsOfEnvironment(env: NodeJS.ProcessEnv): readonly string[] {
  return Object.entries(env).flatMap(([name, value = ""]) => [
    ...(secretName.test(name) && !placeName.test(name) && !/^[\d\s]*$|^\//.test(value) ? withParts(value) : []),
    ...(value.includes("@") ? secretsInUrls(value.split(/[\s,]+/).filter((each) => each.includes("@"))) : []),
  ]);
}

/** What `docker login` and `podman login` have written. */
function secretsOfLogins(env: NodeJS.ProcessEnv): readonly string[] {
  return loginPlaces("docker", env)
    .flatMap(({ title, text }) => entriesOf(json(text ?? read(title))))
    .filter(([key]) => ["auth", "password", "identitytoken", "registrytoken"].includes(key))
    .flatMap(([, value]) => withParts(value));
}

function secretsInKubeconfig(text: string): readonly string[] {
  const found = text.matchAll(/^\s*(?:client-key-data|client-certificate-data|token|password): *"?([^\s"]+)/gm);
  return [...found].map(([, value = ""]) => value);
}

/** A secret, and where it is base64 of "user:password", the password alone. */
function withParts(secret: string): readonly string[] {
  const [, password] = /^[\x20-\x7e]*?:([\x20-\x7e]+)$/.exec(Buffer.from(secret, "base64").toString("utf8")) ?? [];
  return [secret, password ?? ""].filter((each) => each !== "");
}

/** People's accounts, not the system's. */
const people = { from: 1000, to: 60_000 };
const leastName = 5;

function usersOf(env: NodeJS.ProcessEnv, passwd: string): readonly string[] {
  const accounts = passwd.split("\n").flatMap((line) => {
    const [name = "", , uid, , full = ""] = line.split(":");
    if (Number(uid) < people.from || Number(uid) > people.to) return [];
    const fullName = full.split(",")[0]?.trim() ?? "";
    return [name, ...(fullName.length >= leastName ? [fullName] : [])];
  });
  return [...accounts, userName(), env.USER, env.LOGNAME, env.SUDO_USER].filter(
    (name): name is string => name !== undefined && name !== "" && name !== "root",
  );
}

/** Domains that many networks have. */
const everybodys = /^(local|lan|home|internal|localdomain|home\.arpa|cluster\.local|svc\.cluster\.local|\.|)$/;

function domainsOf(hosts: readonly string[], resolvers: string): readonly string[] {
  const searched = [...resolvers.matchAll(/^(?:search|domain)\s+(.+)$/gm)].flatMap(([, list = ""]) =>
    list.split(/\s+/),
  );
  return [...searched, ...hosts.map((name) => name.split(".").slice(1).join("."))]
    .map((domain) => domain.replace(/\.$/, "").toLowerCase())
    .filter((domain) => !everybodys.test(domain));
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Every text in a value, however deep. */
function textsIn(value: unknown): readonly string[] {
  return entriesOf(value).map(([, text]) => text);
}

/** Every text in a value, with the key that it has. */
function entriesOf(value: unknown, key = ""): readonly (readonly [key: string, text: string])[] {
  if (typeof value === "string") return [[key, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([inner, each]) => entriesOf(each, inner));
}
