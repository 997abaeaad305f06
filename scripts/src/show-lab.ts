import type { Certificate, ClusterDescription } from "@k3s-lab/cluster";
import type { NetworkDescription } from "@k3s-lab/host-network";
import type { Lab } from "@k3s-lab/lab";
import type { MachinesDescription, MachineState } from "@k3s-lab/machines";
import type { RegistryStatus } from "@k3s-lab/registry";
import { describeLab, type Stage } from "@k3s-lab/stages";
import type { Facts } from "@k3s-lab/steps";

/** A lab as `lab:status --json` prints it. */
export interface LabStatus {
  readonly name: string;
  /** degraded: something of it does not work; stopped: no machine runs. */
  readonly state: "up" | "degraded" | "stopped";
  readonly nodes: readonly (ClusterDescription["nodes"][number] & { readonly machine: MachineState | "unknown" })[];
  readonly k3s: Omit<ClusterDescription, "nodes" | "podsNotRunning" | "services" | "kubeconfig" | "certificate">;
  readonly podsNotRunning: ClusterDescription["podsNotRunning"];
  readonly services: ClusterDescription["services"];
  readonly kubeconfig: string;
  /** Of all nodes, and of the kubeconfig, which is the host's; the one that ends first comes first. */
  readonly certificates: readonly LabCertificate[];
  readonly registry?: Descriptions["registry"] | undefined;
  readonly network?: Descriptions["hostNetwork"] | undefined;
  /** By which this host reaches several servers in Docker. */
  readonly relay?: MachinesDescription["relay"] | undefined;
}

export interface LabCertificate extends Certificate {
  /** A node's name, or "host". */
  readonly on: string;
}

/** What the stages tell of themselves, by their keys; absent where lab:up has not come as far. */
interface Descriptions {
  readonly hostNetwork?: NetworkDescription;
  readonly machines?: MachinesDescription;
  readonly cluster?: ClusterDescription;
  readonly registry?: RegistryStatus;
}

/** Asks every stage of the chain how it is; undefined where `lab:up` has not come as far as the cluster. */
export async function lookAtLab(chain: readonly Stage[], lab: Lab, facts: Facts): Promise<LabStatus | undefined> {
  const { hostNetwork, machines, cluster, registry }: Descriptions = await describeLab(chain, lab, facts);
  if (cluster === undefined) return undefined;
  const { nodes: described, podsNotRunning, services, kubeconfig, certificate, ...k3s } = cluster;
  const nodes = described.map((node) => ({ ...node, machine: machines?.states[node.name] ?? ("unknown" as const) }));
  const works =
    registry?.serving === true &&
    (hostNetwork?.missing ?? []).length === 0 &&
    (machines?.relay === undefined || machines.relay.state === "running") &&
    (k3s.upgrade?.missing ?? []).length === 0 &&
    nodes.every((node) => node.ready && mayRun(node) && (node.guard?.faults ?? []).length === 0);
  const anyRuns = nodes.some(mayRun);
  return {
    name: lab.config.name,
    state: works ? "up" : anyRuns ? "degraded" : "stopped",
    nodes,
    k3s,
    podsNotRunning,
    services,
    kubeconfig,
    certificates: certificatesOf(nodes, certificate),
    registry,
    network: hostNetwork,
    ...(machines?.relay !== undefined && { relay: machines.relay }),
  };
}

/** The API goes on calling a node Ready for some time after its machine has stopped. */
function mayRun({ machine }: Pick<LabStatus["nodes"][number], "machine">): boolean {
  return machine === "running" || machine === "unknown";
}

function certificatesOf(nodes: LabStatus["nodes"], ofKubeconfig: Certificate | undefined): readonly LabCertificate[] {
  const ofNodes = nodes.flatMap(({ name: on, certificates = [] }) => certificates.map((each) => ({ on, ...each })));
  const all = ofKubeconfig === undefined ? ofNodes : [...ofNodes, { on: "host", ...ofKubeconfig }];
  return all.toSorted((one, other) => one.ends.localeCompare(other.ends));
}
