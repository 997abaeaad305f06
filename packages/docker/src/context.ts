import { join } from "node:path";
import { readText, sha256 } from "@k3s-lab/host";

// What `docker context` keeps, read as docker reads it. `folder` is that of its configuration: "/home/ann/.docker".

/** A context's endpoint. */
export interface ContextEndpoint {
  /** "unix:///var/run/docker.sock" */
  readonly host: string;
  readonly trustsAny: boolean;
}

/** Returns the context that `docker context use` has set. A broken file is none: docker reports it with every command. */
export function currentContext(folder: string): string | undefined {
  const config = parsed(readText(join(folder, "config.json"))) as { readonly currentContext?: unknown } | undefined;
  return typeof config?.currentContext === "string" ? config.currentContext : undefined;
}

/** Returns the file of a context, whose folder is named by the checksum of its name. */
export function contextFile(folder: string, name: string): string {
  return join(folder, "contexts/meta", sha256(name), "meta.json");
}

/** What a context's file holds, if docker has written it and nothing has damaged it. */
interface ContextFile {
  readonly Endpoints?: {
    readonly docker?: { readonly Host?: unknown; readonly SkipTLSVerify?: unknown } | null;
  } | null;
}

/** Returns the endpoint in the text of a context's file; undefined where it names none. */
export function endpointIn(text: string | undefined): ContextEndpoint | undefined {
  const endpoint = (parsed(text) as ContextFile | undefined)?.Endpoints?.docker;
  const host = endpoint?.Host;
  if (typeof host !== "string" || host === "") return undefined;
  return { host, trustsAny: endpoint?.SkipTLSVerify === true };
}

/** Returns what a text holds; undefined where it is not JSON, or null. */
function parsed(text: string | undefined): unknown {
  try {
    return (JSON.parse(text ?? "") as unknown) ?? undefined;
  } catch {
    return undefined;
  }
}
