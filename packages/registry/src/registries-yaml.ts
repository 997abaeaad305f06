import { Scalar, stringify } from "yaml";
import type { Registry } from "./registry.js";

/** Where K3s on every node reads which registries need settings of their own. */
export const registriesPath = "/etc/rancher/k3s/registries.yaml";

/** Renders registries.yaml: the lab's registry has no certificate, so its endpoint must begin with http://. */
export function registriesYaml({ name, endpoint }: Pick<Registry, "name" | "endpoint">): string {
  const mirrors = new Map([[quoted(name), { endpoint: [quoted(endpoint)] }]]);
  return `# Written by k3s-lab; the next lab:up writes it again.\n${stringify({ mirrors })}`;
}

/** K3s restarts where the file changes, so its bytes stay those that earlier versions of k3s-lab wrote. */
function quoted(text: string): Scalar<string> {
  return Object.assign(new Scalar(text), { type: Scalar.QUOTE_DOUBLE });
}
