import type { Mirror } from "@k3s-lab/lab";

/** /etc/rancher/k3s/registries.yaml: the lab's registry has no certificate, which only an explicit http:// says. */
export function registriesYaml({ name, endpoint }: Pick<Mirror, "name" | "endpoint">): string {
  return `# Written by k3s-lab; the next lab:up writes it again.
mirrors:
  ${JSON.stringify(name)}:
    endpoint:
      - ${JSON.stringify(endpoint)}
`;
}
