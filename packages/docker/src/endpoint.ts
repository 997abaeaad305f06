import { homedir } from "node:os";
import { join } from "node:path";
import { readText, sha256 } from "@k3s-lab/host";

/** What a name of a context stands for where none was made by that name. */
const defaultContext = "default";

export interface EndpointOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly platform?: NodeJS.Platform;
}

/** Returns where the `docker` command looks for its daemon: "unix:///var/run/docker.sock", "ssh://me@elsewhere". Starts no process. */
export function dockerEndpoint({ env = process.env, platform = process.platform }: EndpointOptions = {}): string {
  if (env.DOCKER_HOST) return env.DOCKER_HOST;
  const folder = env.DOCKER_CONFIG || join(env.HOME || homedir(), ".docker");
  const context = env.DOCKER_CONTEXT || valueIn(readText(join(folder, "config.json")), "currentContext");
  const usual = platform === "win32" ? "npipe:////./pipe/docker_engine" : "unix:///var/run/docker.sock";
  if (!context || context === defaultContext) return usual;
  const meta = readText(join(folder, "contexts/meta", sha256(context), "meta.json"));
  return valueIn(meta, "Endpoints", "docker", "Host") ?? usual;
}

/** Returns the socket's path where an endpoint is one of this host; undefined otherwise. */
export function socketOf(endpoint: string): string | undefined {
  return /^(?:unix|npipe):\/\/(.+)$/.exec(endpoint)?.[1];
}

/** Reads a text of a JSON file that another program has written; undefined where there is none. */
function valueIn(json: string | undefined, ...keys: readonly string[]): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json ?? "");
  } catch {
    return undefined;
  }
  for (const key of keys) value = (value as Readonly<Record<string, unknown>> | null | undefined)?.[key];
  return typeof value === "string" ? value : undefined;
}
