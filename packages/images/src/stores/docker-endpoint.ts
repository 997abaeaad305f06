import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { contextFile, currentContext, endpointIn } from "@k3s-lab/docker/context";
import { caller, readIfExists, sha256 } from "@k3s-lab/host";
import { dockerConfigFile } from "../credentials.js";
import { storeProblem } from "./store.js";

/** Where Docker's API answers. */
export interface DockerEndpoint {
  /** "unix:///var/run/docker.sock", "tcp://10.0.0.5:2376", "ssh://user@host", "npipe:////./pipe/docker_engine". */
  readonly host: string;
  /** What names it: a variable, or a context of the docker program. Undefined for where Docker usually is. */
  readonly namedBy?: string | undefined;
  readonly tls?: DockerTls | undefined;
}

/** What is missing is undefined. */
interface PemFiles {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** How a TCP endpoint is asked over TLS. */
interface DockerTls extends PemFiles {
  readonly rejectUnauthorized: boolean;
}

/**
 * Returns where the docker program would look: DOCKER_HOST, then the context of DOCKER_CONTEXT or of its configuration,
 * then the usual socket; and where there is none, the usual one of a rootless Docker.
 */
export function dockerEndpoint(env: NodeJS.ProcessEnv): DockerEndpoint {
  const dir = dirname(dockerConfigFile(env));
  if (env.DOCKER_HOST) {
    const tls = isTcp(env.DOCKER_HOST) ? tlsByVariables(env, dir) : undefined;
    return { host: env.DOCKER_HOST, namedBy: "DOCKER_HOST", tls };
  }
  const context = env.DOCKER_CONTEXT || currentContext(dir);
  if (context && context !== "default") return contextEndpoint(dir, context);
  const usual = [usualSocket, `/run/user/${caller(env).uid}/docker.sock`];
  return { host: `unix://${usual.find((socket) => existsSync(socket)) ?? usualSocket}` };
}

const usualSocket = "/var/run/docker.sock";

/** Reads a context's endpoint from its folders. */
function contextEndpoint(dir: string, name: string): DockerEndpoint {
  const file = contextFile(dir, name);
  const namedBy = `docker's context ${name}`;
  const text = readNamed(file);
  if (text === undefined) {
    const what = `is missing, expected ${file}`;
    throw storeProblem(namedBy, what, "Run `docker context ls`, then `docker context use NAME`, or set DOCKER_HOST.");
  }
  const endpoint = endpointIn(text);
  if (endpoint === undefined) {
    const what = `is damaged: ${file} names no endpoint`;
    const remedy = `Run \`docker context rm --force ${name}\` and create it again, or set DOCKER_HOST.`;
    throw storeProblem(namedBy, what, remedy);
  }
  const { host, trustsAny } = endpoint;
  if (!isTcp(host)) return { host, namedBy, tls: undefined };
  const files = pemFiles(join(dir, "contexts/tls", sha256(name), "docker"));
  const isOverTls = trustsAny || files.ca !== undefined || files.cert !== undefined;
  return { host, namedBy, tls: isOverTls ? { ...files, rejectUnauthorized: !trustsAny } : undefined };
}

/** Whether an endpoint is neither a socket of this host nor behind ssh: TLS is for these alone. */
function isTcp(host: string): boolean {
  return !/^(unix|npipe|fd|ssh):/.test(host);
}

/** Like docker, insists on the CA's certificate: without it the port would be asked in the clear. */
function tlsByVariables(env: NodeJS.ProcessEnv, dir: string): DockerTls | undefined {
  const variable = ["DOCKER_TLS_VERIFY", "DOCKER_TLS"].find((name) => env[name]);
  if (variable === undefined) return undefined;
  const folder = env.DOCKER_CERT_PATH || dir;
  const files = pemFiles(folder);
  if (files.ca === undefined) {
    const what = `asks for TLS, and ${join(folder, "ca.pem")} is missing`;
    throw storeProblem(
      variable,
      what,
      `Name the folder of the certificates with DOCKER_CERT_PATH, or unset ${variable}.`,
    );
  }
  return { ...files, rejectUnauthorized: variable === "DOCKER_TLS_VERIFY" };
}

function pemFiles(dir: string): PemFiles {
  const [ca, cert, key] = ["ca", "cert", "key"].map((name) => readNamed(join(dir, `${name}.pem`)));
  return { ca, cert, key };
}

/** Reads a file that docker would read; undefined where there is none. */
function readNamed(file: string): string | undefined {
  try {
    return readIfExists(file);
  } catch (cause) {
    const what = `cannot be read (${(cause as NodeJS.ErrnoException).code})`;
    throw storeProblem(file, what, "Let this user read it, or set DOCKER_HOST to where Docker is.", cause);
  }
}
