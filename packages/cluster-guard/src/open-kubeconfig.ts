import { readFileSync } from "node:fs";
import type { OutgoingHttpHeaders } from "node:http";
import type { RequestOptions } from "node:https";
import { isIP } from "node:net";
import { resolve } from "node:path";
import { checkServerIdentity } from "node:tls";
import { parseProxy, proxyFor, trustedCertificates } from "@k3s-lab/host";
import type { Connection } from "@k3s-lab/kube";
import { type Attending, execPlugin } from "./exec-plugin.js";
import { type Cluster, noEntry, type Origin, type Placed, readKubeconfig, type User, wrong } from "./kubeconfig.js";
import { agentThrough } from "./proxy.js";

/** A context of a kubeconfig: how its cluster is reached, and what a message calls it. */
export interface Target {
  readonly file: string;
  readonly context: string;
  readonly connection: Connection;
}

export interface OpenOptions extends Attending {
  /** Default: the current one. */
  readonly context?: string | undefined;
}

/** Reads kubeconfigs; returns how the user of a context reaches its cluster. Throws what is wrong before anything is asked. */
export async function openKubeconfig(
  files: readonly string[],
  { context: wanted, ...attending }: OpenOptions = {},
): Promise<Target> {
  const chosen = readKubeconfig(files, wanted);
  const { file, context, cluster, user } = chosen;
  const server = parseServer(cluster.value.server, chosen);
  const own = cluster.value["proxy-url"];
  const proxy = own ? parseProxy(own) : proxyFor(server);
  if (own && proxy === undefined) throw wrong(file, "its proxy-url is not a URL of http, https or socks5");
  const agent = proxy && { agent: await agentThrough(proxy) };
  const trust = await trustOf(cluster, chosen);
  const signIn = user === undefined ? () => ({}) : signInOf(user, cluster, chosen, attending);
  const connection = {
    server: server.href.replace(/\/+$/, ""),
    via: proxy && `${proxy.protocol}//${proxy.host}`,
    access: async () => ({ ...agent, ...trust, ...(await signIn()) }),
  };
  return { file, context, connection };
}

function parseServer(server: string, { file, context }: Origin): URL {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url?.protocol === "https:" || url?.protocol === "http:") return url;
  const seen = server === "" ? "nothing" : server;
  throw wrong(
    file,
    `the cluster of its context ${context} has the server ${seen}, expected a URL such as https://host:6443`,
  );
}

/** Returns the authorities for the server's certificate: those that the host trusts, if the kubeconfig names none. */
async function trustOf(cluster: Placed<Cluster>, origin: Origin): Promise<RequestOptions> {
  const ca = dataOf(cluster, "certificate-authority", origin) ?? (await trustedCertificates());
  const { "tls-server-name": name, "insecure-skip-tls-verify": anybody } = cluster.value;
  return {
    ca,
    ...(anybody && { rejectUnauthorized: false }),
    // TLS names no addresses.
    ...(name && {
      servername: isIP(name) ? "" : name,
      checkServerIdentity: (_: string, certificate) => checkServerIdentity(name, certificate),
    }),
  };
}

/** Returns the user's credentials, read again each time: a token in a file is replaced, and a plugin's expires. */
function signInOf(
  user: Placed<User>,
  cluster: Placed<Cluster>,
  origin: Origin,
  attending: Attending,
): () => Promise<RequestOptions> {
  const { value, folder } = user;
  const cert = dataOf(user, "client-certificate", origin);
  const key = dataOf(user, "client-key", origin);
  const own = { ...(cert && { cert }), ...(key && { key }) };
  const headers = impersonationOf(value);
  const { token, tokenFile, username, password = "", exec } = value;
  if (tokenFile || token) {
    const path = tokenFile && resolve(folder, tokenFile);
    return async () => ({
      ...own,
      headers: { ...headers, authorization: `Bearer ${path ? tokenIn(path, origin) : token}` },
    });
  }
  if (username) {
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    return async () => ({ ...own, headers: { ...headers, authorization } });
  }
  if (exec) {
    const ca = dataOf(cluster, "certificate-authority", origin);
    const credential = execPlugin({ value: exec, folder }, { ...cluster.value, ...(ca && { ca }) }, origin, attending);
    return async () => {
      const { token: handedOut, ...pair } = await credential();
      return { ...own, ...pair, headers: { ...headers, ...(handedOut && { authorization: `Bearer ${handedOut}` }) } };
    };
  }
  const provider = value["auth-provider"];
  if (provider) {
    const authorization = `Bearer ${providedToken(provider, origin)}`;
    return async () => ({ ...own, headers: { ...headers, authorization } });
  }
  return async () => ({ ...own, headers });
}

function impersonationOf(user: User): OutgoingHttpHeaders {
  const { as, "as-uid": uid, "as-groups": groups, "as-user-extra": extra } = user;
  return {
    ...(as && { "impersonate-user": as }),
    ...(uid && { "impersonate-uid": uid }),
    ...(groups.length > 0 && { "impersonate-group": groups }),
    ...Object.fromEntries(
      Object.entries(extra).map(([name, values]) => [`impersonate-extra-${encodeURIComponent(name)}`, values]),
    ),
  };
}

/** Reads data that is in a kubeconfig as base64, or in a file that it names. */
function dataOf<Key extends "certificate-authority" | "client-certificate" | "client-key">(
  { value, folder }: Placed<{ readonly [Name in Key | `${Key}-data`]?: string | undefined }>,
  key: Key,
  { file }: Origin,
): Buffer | undefined {
  const data: string | undefined = value[`${key}-data`];
  if (data) return Buffer.from(data, "base64");
  const path: string | undefined = value[key];
  if (!path) return undefined;
  try {
    return readFileSync(resolve(folder, path));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw wrong(file, `its ${key} ${resolve(folder, path)} cannot be read (${code})`, { cause });
  }
}

function tokenIn(path: string, origin: Origin): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (cause) {
    throw noEntry(origin, `its tokenFile ${path} cannot be read (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
}

/** Returns the token that an auth-provider has left in the kubeconfig. kubectl itself now knows only oidc. */
function providedToken({ name, config }: NonNullable<User["auth-provider"]>, origin: Origin): string {
  if (name !== "oidc") {
    throw noEntry(origin, `its auth-provider ${name} is no longer supported, as in kubectl since 1.26`, {
      remedy: "Use its exec plugin, such as gke-gcloud-auth-plugin or kubelogin.",
    });
  }
  const token = String(config["id-token"] ?? "");
  if (Number(claimsOf(token).exp) * 1000 > Date.now()) return token;
  throw noEntry(origin, `the id-token of its auth-provider oidc ${token === "" ? "is missing" : "has expired"}`, {
    remedy: `Run \`kubectl --context ${origin.context} get nodes\`, which renews it.`,
  });
}

function claimsOf(token: string): { readonly exp?: unknown } {
  try {
    return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as object;
  } catch {
    return {};
  }
}
