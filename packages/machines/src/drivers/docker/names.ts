/** The names of what a lab has in Docker. Everything can be found again, and removed, by the lab's id alone. */

/** Labels of Docker's, by what they tell of a container, a network or a volume. */
export const labels = {
  lab: "k3s-lab.lab",
  node: "k3s-lab.node",
  /** The checksum of what a container was made with. */
  madeWith: "k3s-lab.made-with",
  /** The image that a container was made of, by the name that it was told. */
  image: "k3s-lab.image",
} as const;

/** "k3s-lab.lab=7f3a21" */
export function labLabel(labId: string): string {
  return `${labels.lab}=${labId}`;
}

export function networkName(labId: string): string {
  return `k3s-lab-${labId}`;
}

export function containerName(labId: string, name: string): string {
  return `k3s-lab-${labId}-${name}`;
}

/** The container by which the host reaches several servers. No node's name has a dot. */
export function relayContainer(labId: string): string {
  return `k3s-lab-${labId}.relay`;
}

/** The volume that several servers have their registry's images in. */
export function registryVolume(labId: string): string {
  return `k3s-lab-${labId}.registry`;
}

/** The directories of a machine that outlive its container, by what their volumes are called. */
export const volumes: Readonly<Record<string, string>> = {
  rancher: "/var/lib/rancher",
  kubelet: "/var/lib/kubelet",
  config: "/etc/rancher",
};

export function volumeName(labId: string, name: string, volume: string): string {
  return `${containerName(labId, name)}-${volume}`;
}
