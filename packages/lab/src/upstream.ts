import type { LabConfig } from "./config.js";

type Settings = Pick<LabConfig["registry"], "mirrors" | "configs">;

/** Where a cache of the lab's gets the images of a registry. */
export interface Upstream {
  /** "https://registry-1.docker.io" */
  readonly url: string;
  /** The name by which lab.yaml has credentials and certificates for it; undefined where it has none. */
  readonly name?: string;
  readonly config?: Settings["configs"][string];
}

/** Returns the upstream of a registry: the first of its mirrors, or it itself. */
export function upstreamOf(registry: string, { mirrors, configs }: Settings): Upstream {
  const [mirror] = (mirrors[registry] ?? mirrors["*"])?.endpoint ?? [];
  const host = registry === "docker.io" ? "registry-1.docker.io" : registry;
  const written = mirror ?? host;
  const url = /^https?:\/\//i.test(written) ? written : `https://${written}`;
  const known = [new URL(url).host, ...(mirror === undefined ? [registry, host] : [])];
  const name = known.find((each) => configs[each] !== undefined);
  return { url: url.replace(/\/+$/, ""), ...(name !== undefined && { name, config: configs[name] ?? {} }) };
}
