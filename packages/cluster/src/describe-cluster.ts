import { type NodeGuardSeen, nodeGuardSection } from "@k3s-lab/guard";
import type { Lab } from "@k3s-lab/lab";
import {
  type Answers,
  askNode,
  type Machine,
  mayEnter,
  machinesRecord,
  openDriver,
  type Section,
  waysSection,
} from "@k3s-lab/machines";
import { describeWait, lookAtCluster, obstacleOf, type Pod, waitOf } from "@k3s-lab/kube";
import type { Cluster } from "./cluster.js";
import { type Certificate, certificatesSection } from "./certificates.js";
import { describeServices, type ServiceDescription } from "./describe-services.js";
import { certificateIn } from "./kubeconfig-certificate.js";
import { managerOf, serviceOf } from "./config/service.js";
import { readCluster } from "./record.js";
import type { NodeDriver } from "./node/nodes.js";
import { isModules, type Release } from "@k3s-lab/k3s-source";
import { installedSection, type PendingUpgrade, pendingUpgrade } from "./upgrade/pending-upgrade.js";

/** A cluster as `lab:status` shows it. */
export interface ClusterDescription {
  readonly version: string;
  readonly source: Release["source"];
  /** Checksum of the k3s binary. */
  readonly sha256: string;
  /** Parts of K3s that this cluster does not have. */
  readonly lacks: readonly string[];
  readonly server: string;
  readonly kubeconfig: string;
  /** Of the kubeconfig on the host; absent where this user may not read it. */
  readonly certificate?: Certificate | undefined;
  /** Why the API told nothing; absent where it answers. */
  readonly silence?: string | undefined;
  /** Absent where every node has the K3s that lab.yaml asks for. */
  readonly upgrade?: PendingUpgrade | undefined;
  readonly nodes: readonly NodeDescription[];
  readonly podsNotRunning: readonly PodDescription[];
  /** Those of type LoadBalancer, but for the lab's registry. */
  readonly services: readonly ServiceDescription[];
}

export interface NodeDescription {
  readonly name: string;
  readonly role: "server" | "agent";
  readonly address: string;
  /** Absent where the API does not answer, or the node has not joined. */
  readonly version?: string | undefined;
  /** Megabytes and processors that its container may use; absent: all that the host has. */
  readonly memory?: number | undefined;
  readonly cpus?: number | undefined;
  readonly ready: boolean;
  /** Why it is not Ready. */
  readonly obstacle?: string | undefined;
  /** Absent where the machine does not run, or the caller may not enter it. */
  readonly guard?: NodeGuardSeen | undefined;
  /** By which the node sends what it sends; absent where it was not asked, as with resolvers and certificates. */
  readonly routes?: readonly NodeRoute[] | undefined;
  readonly resolvers?: readonly string[] | undefined;
  /** Those of K3s on the node, the one that ends first before the others. */
  readonly certificates?: readonly Certificate[] | undefined;
}

/** "default" or a network, and the way there. */
export interface NodeRoute {
  readonly to: string;
  readonly via?: string;
  readonly dev: string;
}

export interface PodDescription {
  readonly namespace: string;
  readonly name: string;
  readonly node?: string | undefined;
  readonly waitsFor: string;
}

/** Parts of K3s that the build from modules does not have. */
export const absentFromModules = ["traefik", "helm-controller"] as const;

/**
 * Describes the cluster; undefined before the first `lab:up`. Asks the API, if it answers, which any user may; and the machines for their
 * guards, where the caller may enter them.
 */
export async function describeCluster(
  lab: Lab,
  signal: AbortSignal,
  driver: Pick<NodeDriver, "exec"> | undefined = mayEnter(lab) ? openDriver(lab) : undefined,
): Promise<ClusterDescription | undefined> {
  const cluster = readCluster(lab);
  if (cluster === undefined) return undefined;
  const { version, source, sha256, server, api = server, kubeconfig } = cluster;
  const { machines = [], docker } = lab.state.read(machinesRecord) ?? {};
  // In Docker's virtual machine no address is one of the host's network.
  const reachesNodes = docker === undefined || process.platform === "linux";
  const reached = reachesNodes ? machines.find(({ role }) => role === "server")?.address : undefined;
  const [seen, services, answers, certificate] = await Promise.all([
    lookAtCluster(kubeconfig, signal),
    describeServices(kubeconfig, { node: reached, published: docker?.ports }, signal),
    Promise.all(machines.map((machine) => driver && askMachine(driver, machine, cluster, signal))),
    certificateIn(kubeconfig),
  ]);
  const sums = new Map(machines.map(({ name }, index) => [name, answers[index]?.installed]));
  const objects = new Map(seen.nodes.map((node) => [node.metadata.name, node]));
  return {
    version,
    source,
    sha256,
    lacks: isModules(source) ? absentFromModules : [],
    server: api,
    kubeconfig,
    certificate,
    silence: seen.silence,
    upgrade: await pendingUpgrade(lab, cluster, sums),
    nodes: machines.map(({ name, role, address, memory, cpus }, index) => {
      const object = objects.get(name);
      const told = seen.silence === undefined ? obstacleOf(object) : "is unknown: the API does not answer";
      // The API goes on calling a node Ready for some time after its K3s has ended.
      const obstacle = answers[index]?.runs === false ? "K3s does not run" : told;
      return {
        name,
        role,
        address,
        memory,
        cpus,
        version: object?.status?.nodeInfo?.kubeletVersion,
        ready: obstacle === undefined,
        obstacle,
        ...tellOf(answers[index]),
      };
    }),
    podsNotRunning: seen.pods.flatMap(describePod),
    services,
  };
}

function sectionsOf(cluster: Pick<Cluster, "podCidr" | "serviceCidr">, machine: Machine) {
  return {
    runs: runsSection(machine),
    guard: nodeGuardSection(cluster),
    ways: waysSection,
    certificates: certificatesSection,
    installed: installedSection,
  };
}

/** Whether K3s runs on a node; undefined where that was not told. */
function runsSection(machine: Pick<Machine, "role" | "serviceManager">): Section<boolean | undefined> {
  return {
    file: new URL("../shell/see-service.sh", import.meta.url),
    args: [managerOf(machine).seeScript(serviceOf(machine).name)],
    parse: (output) => (/^asked$/m.test(output) ? output.includes("service ActiveState=active") : undefined),
  };
}

/** Asks a machine everything by one process; undefined where it does not answer. */
async function askMachine(
  driver: Pick<NodeDriver, "exec">,
  machine: Machine,
  cluster: Pick<Cluster, "podCidr" | "serviceCidr">,
  signal: AbortSignal,
): Promise<Answers<ReturnType<typeof sectionsOf>> | undefined> {
  try {
    return await askNode(driver, machine.name, sectionsOf(cluster, machine), { signal });
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

function tellOf(
  answers: Answers<ReturnType<typeof sectionsOf>> | undefined,
): Pick<NodeDescription, "guard" | "routes" | "resolvers" | "certificates"> {
  const { guard, ways, certificates } = answers ?? {};
  const routes = ways?.routes.flatMap(({ dst, gateway, dev, type }) =>
    type !== "unicast" || dev === undefined ? [] : [{ to: dst, ...(gateway !== undefined && { via: gateway }), dev }],
  );
  return { guard, routes, resolvers: ways?.resolvers, certificates };
}

function describePod(pod: Pod): readonly PodDescription[] {
  const wait = waitOf(pod);
  const { namespace, name } = pod.metadata;
  return wait === undefined ? [] : [{ namespace, name, node: pod.spec?.nodeName, waitsFor: describeWait(wait) }];
}
