import { createHash } from "node:crypto";

/** Every file under `.lab/`, beside lab.yaml. Each is written by one package only. */
export const labFiles = {
  /** The last configuration that was right, with its defaults: what the stages of a run go by, and lab:down where lab.yaml was broken since. 0600, since it may hold passwords. */
  config: "lab.json",
  hostNetwork: "host-network.json",
  machines: "machines.json",
  /** The Vagrantfile and the guests' files of virtual machines, and what Vagrant itself keeps beside them. */
  vagrant: "vagrant",
  cluster: "cluster.json",
  /** Which of several servers have joined the cluster, so that one without a store has lost it. */
  members: "members.json",
  /** What nodes have on their disks, which nobody can look at while their machines stand still; 0600: sums of files with passwords. */
  nodes: "nodes.json",
  registry: "registry.json",
  /** How much in the registry no tag leads to any more, as far as pushes have replaced it. */
  garbage: "garbage.json",
  /** Who pushes to the registry now, and who collects its garbage: not both at the same time. */
  pushing: "pushing",
  collecting: "collecting",
  /** The registry's password, and the keys of its certificates; 0600. */
  registryKeys: "registry-keys.json",
  /** The registry's password alone, for `docker login --password-stdin`; 0600. */
  registryPassword: "registry-password",
  /** The certificate of the authority that the registry is trusted by. */
  registryAuthority: "registry-ca.crt",
  kubeconfig: "kubeconfig",
  /** Which kubeconfigs of the user the lab was merged into. */
  mergedKubeconfigs: "merged-kubeconfigs.json",
  /** What the host trusts, and what lab.yaml names in addition, for the programs of a run. */
  certificates: "certificates.pem",
  /** The files of authorities that variables of a shell have named, which nodes trust from then on. */
  certificateFiles: "certificate-files.json",
  /** The proxies of the nodes, which may hold passwords; 0600. */
  proxies: "proxies.json",
  /** The passwords of the server's and the agents' token; 0600. */
  secrets: "secrets.json",
  /** A restore of a snapshot that was decided, until it is finished; 0600. */
  restoring: "restoring.json",
  /** The picture of the lab's network, for a browser. */
  map: "map.html",
  lock: "lock",
  /** What the stages of a run that is going on tell each other. */
  run: "run",
  logs: "logs",
} as const;

export type LabFile = keyof typeof labFiles;

/** Returns six hexadecimal digits that tell this lab from every other on the host. */
export function labDigest(labDir: string): string {
  return createHash("sha256").update(labDir).digest("hex").slice(0, 6);
}
