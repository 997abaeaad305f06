import { homedir } from "node:os";
import { join } from "node:path";
import { readText } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";
import { contextFile, currentContext, endpointIn } from "./context.js";

/** What a name of a context stands for where none was made by that name. */
const defaultContext = "default";

export interface EndpointOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly platform?: NodeJS.Platform;
}

/**
 * Returns where the `docker` command looks for its daemon: "unix:///var/run/docker.sock", "ssh://me@elsewhere". Starts no process.
 * Throws where its context is missing: no command of Docker's would work.
 */
export function dockerEndpoint({ env = process.env, platform = process.platform }: EndpointOptions = {}): string {
  if (env.DOCKER_HOST) return env.DOCKER_HOST;
  const folder = env.DOCKER_CONFIG || join(env.HOME || homedir(), ".docker");
  const context = env.DOCKER_CONTEXT || currentContext(folder);
  const usual = platform === "win32" ? "npipe:////./pipe/docker_engine" : "unix:///var/run/docker.sock";
  if (!context || context === defaultContext) return usual;
  const file = contextFile(folder, context);
  const endpoint = endpointIn(readText(file));
  if (endpoint !== undefined) return endpoint.host;
  const namedBy = env.DOCKER_CONTEXT ? "DOCKER_CONTEXT" : join(folder, "config.json");
  throw new Problem("LAB-DKR-009", namedBy, `names the context ${context}, expected its endpoint in ${file}`, {
    remedy: env.DOCKER_CONTEXT
      ? "Unset DOCKER_CONTEXT, or set it to one that `docker context ls` shows."
      : "Run `docker context use default`, or another one that `docker context ls` shows.",
  });
}

/** Returns the socket's path where an endpoint is one of this host; undefined otherwise. */
export function socketOf(endpoint: string): string | undefined {
  return /^(?:unix|npipe):\/\/(.+)$/.exec(endpoint)?.[1];
}

/** Refuses a daemon that is not on this machine: ports that it publishes on 127.0.0.1 are that machine's. */
export function refuseRemote(endpoint: string): void {
  if (socketOf(endpoint) !== undefined) return;
  throw new Problem(
    "LAB-DKR-002",
    "host",
    `Docker's daemon is reached by ${endpoint}, expected a socket of this machine`,
    { remedy: toSocket(endpoint) },
  );
}

/** Says how a daemon of this machine is reached in place of an endpoint that is no socket. */
function toSocket(endpoint: string): string {
  const here = "Run `docker context use default`, or unset DOCKER_HOST and DOCKER_CONTEXT.";
  if (endpoint.startsWith("/")) return `Write DOCKER_HOST=unix://${endpoint}.`;
  if (/^tcp:\/\/(?:localhost|127(?:\.\d+){3}|\[::1\])(?::|$)/.test(endpoint)) {
    return `A port of this machine may lead to any other, as that of a tunnel does. ${here}`;
  }
  return `127.0.0.1 is another machine there, and so is the network that is guarded. ${here}`;
}
