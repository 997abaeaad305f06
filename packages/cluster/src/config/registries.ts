/** A registry's name in image references, and where it answers. */
export interface Mirror {
  readonly name: string;
  readonly endpoint: string;
}

/** /etc/rancher/k3s/registries.yaml: the lab's registry has no certificate, which only an explicit http:// says. */
export function registriesYaml({ name, endpoint }: Mirror): string {
  return `# Written by k3s-lab; the next lab:up writes it again.
mirrors:
  ${JSON.stringify(name)}:
    endpoint:
      - ${JSON.stringify(endpoint)}
`;
}
