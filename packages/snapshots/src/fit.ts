import {
  hostNetworkRecord,
  hostNetworkStage,
  networksOfOthers,
  type Obstacle,
  obstaclesOf,
  seeHost,
  type HostNetwork,
} from "@k3s-lab/host-network";
import { type Lab, machineProvider, sharedName } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import type { Facts } from "@k3s-lab/steps";
import { type Manifest, serversIn } from "./manifest.js";

/** Refuses a snapshot that does not fit the lab it is to become, or this host. Starts no process. */
export function checkFit(lab: Pick<Lab, "config" | "file">, manifest: Manifest): void {
  const { name, driver, arch, nodes } = manifest;
  const wanted = machineProvider(lab.config);
  if (arch !== process.arch)
    throw unfit(name, `is of ${arch}, and this host is ${process.arch}`, "Restore it on a host like that.");
  if (driver !== wanted) {
    const remedy = `Write machines: { provider: ${driver} }, or restore in an empty folder.`;
    throw unfit(name, `is of machines by ${driver}, and ${lab.file} asks for ${wanted}`, remedy);
  }
  const [had, named] = [nodes, lab.config.nodes].map((all) => all.map((node) => node.name).join(", "));
  if (had === named) return;
  const remedy = "Write the same nodes there, or restore in an empty folder.";
  throw unfit(name, `has the nodes ${had}, and ${lab.file} names ${named}`, remedy);
}

/**
 * Decides the network of a lab that is to be restored. Pods and services keep their networks, which are in the cluster's store:
 * where one is taken here, it is refused. Nodes keep their addresses where these are free, and get others where they are not.
 */
export async function decideNetwork(
  lab: Lab,
  manifest: Manifest,
  facts: Facts,
  note: (message: string) => void,
): Promise<HostNetwork> {
  const { name, podCidr, serviceCidr, subnet, nodes, sharedAddress } = manifest;
  const recorded = lab.state.read(hostNetworkRecord);
  // Other labs first: of one that runs, the host has routes, too.
  const obstacles = [...networksOfOthers(lab), ...obstaclesOf(await seeHost(facts), lab.id)];
  refuseTaken(manifest, obstacles, recorded);
  const isFree = obstacles.every((each) => !subnet.overlaps(each.cidr));
  const own = nodes.map((node) => [node.name, node.address] as const);
  const addresses = Object.fromEntries([...own, ...(sharedAddress === undefined ? [] : [[sharedName, sharedAddress]])]);
  const network = (await hostNetworkStage.decide({
    lab,
    upstream: {},
    recorded: undefined,
    remains: { podCidr, serviceCidr, ...(isFree && { subnet, addresses }) },
    facts,
    mayAsk: true,
    note,
    assume: () => {},
  })) as HostNetwork;
  if (network.podCidr.equals(podCidr) && network.serviceCidr.equals(serviceCidr)) return network;
  const has = `${network.podCidr} and ${network.serviceCidr}`;
  throw unfit(
    name,
    `has the pod CIDR ${podCidr} and the service CIDR ${serviceCidr}, and ${lab.file} asks for ${has}`,
    "Write the same networks there, or auto.",
  );
}

/** Refuses a network of pods or services that is taken: by another lab, whether or not it runs, or by a route of the host. */
export function refuseTaken(
  { name, podCidr, serviceCidr }: Pick<Manifest, "name" | "podCidr" | "serviceCidr">,
  obstacles: readonly Obstacle[],
  recorded: Pick<HostNetwork, "podCidr" | "serviceCidr"> | undefined,
): void {
  for (const [what, cidr, own] of [
    ["pod CIDR", podCidr, recorded?.podCidr],
    ["service CIDR", serviceCidr, recorded?.serviceCidr],
  ] as const) {
    // Where the lab has it already, what a VIF maps is the lab itself: Telepresence is connected to it.
    const isOwn = cidr.equals(own);
    const taken = obstacles.find((each) => cidr.overlaps(each.cidr) && !(isOwn && each.vif));
    if (taken === undefined) continue;
    const remedy = taken.isReserved
      ? "Restore it in the folder of that lab, or remove that lab before: `npm run lab:down` there."
      : "Remove that route, such as by disconnecting the VPN, and restore it again.";
    throw new Problem("LAB-SNP-007", name, `its ${what} ${cidr} overlaps ${taken.what}`, {
      remedy: `${remedy} Nothing was touched.`,
    });
  }
}

/**
 * Tells whether a lab of several servers gets other addresses than those that their stores know each other by. An only server's store
 * knows of none.
 */
export function isMoved({ nodes }: Pick<Manifest, "nodes">, addresses: Readonly<Record<string, string>>): boolean {
  const servers = serversIn(nodes);
  return servers.length > 1 && servers.some(({ name, address }) => addresses[name] !== address);
}

function unfit(name: string, what: string, remedy: string): Problem {
  return new Problem("LAB-SNP-008", name, what, { remedy });
}
