import { type LabFile, labFiles } from "@k3s-lab/lab";
import { markdownTable } from "@k3s-lab/testbed";

/** Each file of `.lab/`, and who may read it; what is a secret is so for its owner alone. */
const purposes: Readonly<Record<LabFile, string>> = {
  config: "the configuration with its defaults, as the last `lab:up` read it; 0600",
  hostNetwork: "the network that was chosen: record of the stage host-network",
  machines: "the machines, their addresses, route and resolvers: record of the stage machines",
  vagrant: "the Vagrantfile, and what Vagrant keeps beside it; `vagrant` works in it by hand",
  cluster: "which K3s, and where it came from: record of the stage cluster",
  members: "which of several servers have joined the cluster",
  nodes: "what the nodes had on their disks when the last `lab:up` ended: plans go by it while they stand still; 0600",
  registry: "where the registry answers: record of the stage registry",
  garbage: "how many bytes in the registry no tag leads to any more, as far as pushes have replaced it",
  pushing: "held by those who push to the registry",
  collecting: "held by the command that collects the registry's garbage; pushes wait for it",
  registryKeys: "the registry's password and the keys of its certificates; 0600",
  registryPassword: "the registry's password, for `docker login --password-stdin`; 0600",
  registryAuthority: "the certificate of the authority that the registry is trusted by",
  kubeconfig: "the administrator's kubeconfig; 0600",
  mergedKubeconfigs: "the user's kubeconfigs that the lab was merged into, and what was merged",
  certificates: "the authorities that the programs of a run trust",
  certificateFiles: "the files of authorities that variables of a shell have named",
  proxies: "the nodes' proxies, which may hold passwords; 0600",
  restoring: "a restore of a snapshot that was decided, until it is finished; 0600",
  secrets: "the tokens by which nodes join; 0600",
  lock: "held by the command that changes the lab",
  run: "what the stages of a run that is going on tell each other",
  logs: "logs of runs",
  map: "the page that `lab:map` has written last",
};

const onHost: readonly (readonly [path: string, what: string])[] = [
  ["`~/.cache/k3s-lab/`", "K3s and images, owned by the user who called; `K3S_LAB_CACHE` names another place"],
  ["`/var/lib/k3s-lab/rootfs/`", "the machines' root file system, shared by all labs; `lab:down` leaves it"],
  ["`/var/lib/k3s-lab/ID/`", "the machines' disks"],
  ["the hosts file", "one block between lines that name the lab: the registry's name (`host.hostsFile`)"],
  ["`k3slab-ID`", "the lab's bridge; cables of machines begin with `k3lID`"],
  ["`k3s_lab_ID_*`", "the lab's tables of nftables"],
  ["`k3s-lab-ID*` in Docker", "containers, network and volumes; `k3s-lab/node` is the image of all labs"],
  ["cgroups `k3s-lab-ID`", "all processes of the lab's containers"],
];

/** Renders docs/reference/files.md. */
export function filesPage(): string {
  const inLab = Object.entries(labFiles).map(([key, name]) => [`\`.lab/${name}\``, purposes[key as LabFile]]);
  return `# Files

## Beside lab.yaml
All of them are made again by \`lab:up\` where they are lost, from what exists; \`lab:down\` removes the folder.

${markdownTable(["file", ""], inLab)}

## On the host
ID stands for the lab's id, six digits made of the path of \`.lab/\`: two labs on a host never meet. \`lab:down\` removes all of it
but the caches and what labs share.

${markdownTable(["place", ""], onHost)}
`;
}
