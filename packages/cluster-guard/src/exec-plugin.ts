import { resolve } from "node:path";
import { isatty } from "node:tty";
import { CommandFailed, run } from "@k3s-lab/exec";
import { type Cluster, type ExecPlugin, noEntry, type Origin, type Placed } from "./kubeconfig.js";

/** What a plugin hands out, for node:https. */
export interface Credential {
  readonly token?: string;
  readonly cert?: string;
  readonly key?: string;
}

interface Expiring extends Credential {
  /** Milliseconds since 1970; absent where it is valid until this process ends. */
  readonly expires?: number;
}

/** The command that waits for a plugin. */
export interface Attending {
  /** Ends the plugin. */
  readonly signal?: AbortSignal | undefined;
  /** Reports that a plugin is waited for, which may have opened a browser without printing anything. */
  note?(message: string): void;
}

/** Milliseconds until the wait is reported. */
const patience = 3_000;

/** What a plugin prints: an ExecCredential of client.authentication.k8s.io. */
interface Printed {
  readonly apiVersion?: string;
  readonly status?: {
    readonly token?: string;
    readonly clientCertificateData?: string;
    readonly clientKeyData?: string;
    readonly expirationTimestamp?: string;
  } | null;
}

/**
 * Returns a function that runs a kubeconfig's exec plugin as kubectl does: once for all callers, and again when its
 * credentials expire. What it writes to standard error is shown, and it has no time limit, since it may ask a person.
 */
export function execPlugin(
  plugin: Placed<ExecPlugin>,
  cluster: Cluster & { readonly ca?: Buffer },
  origin: Origin,
  attending: Attending,
): () => Promise<Credential> {
  let latest: Promise<Expiring> | undefined;
  return async () => {
    const running = (latest ??= ask(plugin, cluster, origin, attending));
    const { expires = Infinity, ...credential } = await running;
    if (expires > Date.now()) return credential;
    // The first caller that notices runs it again, for all.
    if (latest === running) latest = ask(plugin, cluster, origin, attending);
    const { expires: _next, ...renewed } = await latest;
    return renewed;
  };
}

async function ask(
  { value: plugin, folder }: Placed<ExecPlugin>,
  cluster: Cluster & { readonly ca?: Buffer },
  origin: Origin,
  attending: Attending,
): Promise<Expiring> {
  const { apiVersion, command, args, env, interactiveMode = "IfAvailable", installHint } = plugin;
  const interactive = interactiveMode !== "Never" && isatty(0);
  if (interactiveMode === "Always" && !interactive) {
    throw noEntry(origin, `its exec plugin ${command} wants to ask you, and standard input is not a terminal`);
  }
  const info = {
    kind: "ExecCredential",
    apiVersion,
    spec: { interactive, ...(plugin.provideClusterInfo && { cluster: clusterInfo(cluster) }) },
  };
  // As in a shell, a bare name is looked for on PATH.
  const program = command.includes("/") ? resolve(folder, command) : command;
  const waiting = setTimeout(
    () => attending.note?.(`waiting for ${command}, which signs context ${origin.context} in; Ctrl-C ends it`),
    patience,
  );
  try {
    const { stdout } = await run(program, args, {
      attended: { stdin: interactive },
      cwd: process.env.INIT_CWD,
      env: {
        ...Object.fromEntries(env.map(({ name, value }) => [name, value])),
        KUBERNETES_EXEC_INFO: JSON.stringify(info),
      },
      signal: attending.signal,
    });
    return credentialIn(stdout, plugin, origin);
  } catch (cause) {
    if (!(cause instanceof CommandFailed)) throw cause;
    throw noEntry(origin, `its exec plugin ${command} ${cause.what}`, { remedy: installHint, cause });
  } finally {
    clearTimeout(waiting);
  }
}

/** Describes the cluster to its plugin. */
function clusterInfo(cluster: Cluster & { readonly ca?: Buffer }): object {
  const { ca, extensions, ...all } = cluster;
  const config = extensions.find(({ name }) => name === "client.authentication.k8s.io/exec")?.extension;
  const told = ["server", "tls-server-name", "insecure-skip-tls-verify", "proxy-url", "disable-compression"] as const;
  return {
    ...Object.fromEntries(told.flatMap((key) => (all[key] ? [[key, all[key]]] : []))),
    ...(ca && { "certificate-authority-data": ca.toString("base64") }),
    ...(config !== undefined && { config }),
  };
}

/** Reads what a plugin has printed. It is never shown: there is a secret in it. */
function credentialIn(stdout: string, { command, apiVersion }: ExecPlugin, origin: Origin): Expiring {
  const useless = (what: string) => noEntry(origin, `its exec plugin ${command} ${what}`);
  const { apiVersion: printed = apiVersion, status } = parsed(stdout) ?? {};
  if (printed !== apiVersion) throw useless(`answers in ${printed}, expected ${apiVersion}`);
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = status ?? {};
  if (!token && !(cert && key)) throw useless("has printed neither a token nor a certificate with its key");
  const expires = Date.parse(expirationTimestamp ?? "");
  return {
    ...(token && { token }),
    ...(cert && key && { cert, key }),
    ...(!Number.isNaN(expires) && { expires }),
  };
}

function parsed(stdout: string): Printed | undefined {
  try {
    return JSON.parse(stdout) as Printed;
  } catch {
    return undefined;
  }
}
