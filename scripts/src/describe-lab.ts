import { type ClusterDescription, describeCluster } from "@k3s-lab/cluster";
import { lanLink, readHostNetwork } from "@k3s-lab/host-network";
import type { Cidr } from "@k3s-lab/ip";
import type { Lab } from "@k3s-lab/lab";
import { mayEnter, openDriver } from "@k3s-lab/machines";
import { describeRegistry, readRegistry, type RegistryDescription, serves } from "@k3s-lab/registry";
import { sourceWords } from "./summary.js";
import { table } from "./table.js";

/** A lab as `lab:status --json` prints it. */
export interface LabStatus {
  readonly name: string;
  /** degraded: something of it does not work; stopped: no machine runs. */
  readonly state: "up" | "degraded" | "stopped";
  readonly nodes: readonly (ClusterDescription["nodes"][number] & { readonly machine: string })[];
  readonly k3s: Omit<ClusterDescription, "nodes" | "podsNotRunning" | "kubeconfig">;
  readonly podsNotRunning: ClusterDescription["podsNotRunning"];
  readonly kubeconfig: string;
  readonly registry?: RegistryDescription & { readonly serving: boolean };
  readonly network?: {
    /** The bridge or interface of the host that the nodes are plugged into. */
    readonly link: string;
    readonly subnet: Cidr;
    readonly podCidr: Cidr;
    readonly serviceCidr: Cidr;
    readonly uplink: string | null;
  };
}

/** Undefined where `lab:up` has not come as far as the cluster. */
export async function describeLab(lab: Lab, signal: AbortSignal): Promise<LabStatus | undefined> {
  const cluster = await describeCluster(lab, signal);
  if (cluster === undefined) return undefined;
  const { nodes: described, podsNotRunning, kubeconfig, ...k3s } = cluster;
  const driver = openDriver(lab);
  // Only root may look at containers; everybody else is told so, and not that they are gone.
  const enters = mayEnter(lab);
  const nodes = await Promise.all(
    described.map(async (node) => ({ ...node, machine: enters ? await driver.state(node.name) : "unknown" })),
  );
  const registry = readRegistry(lab);
  const serving = registry !== undefined && (await serves(registry.endpoint, signal));
  const network = readHostNetwork(lab);
  const works = serving && nodes.every(({ ready, guard }) => ready && (guard?.faults ?? []).length === 0);
  const anyRuns = nodes.some(({ machine }) => machine === "running" || machine === "unknown");
  return {
    name: lab.config.name,
    state: works ? "up" : anyRuns ? "degraded" : "stopped",
    nodes,
    k3s,
    podsNotRunning,
    kubeconfig,
    ...(registry === undefined ? {} : { registry: { ...describeRegistry(registry), serving } }),
    ...(network === undefined
      ? {}
      : {
          network: {
            link: lanLink(network.lan),
            subnet: network.lan.subnet,
            podCidr: network.podCidr,
            serviceCidr: network.serviceCidr,
            uplink: network.uplink?.name ?? null,
          },
        }),
  };
}

function guardWords(guard: ClusterDescription["nodes"][number]["guard"]): string {
  if (guard === undefined) return "guard unknown";
  if (guard.faults.length > 0) return `not guarded: ${guard.faults.join(", ")}`;
  const { services, pods } = guard.rejected;
  const rejected = [services, pods].flatMap((each) => Object.values(each)).reduce((sum, count) => sum + count, 0);
  return `guarded by ${guard.by}, rejected ${rejected}`;
}

export function renderStatus({ name, state, nodes, k3s, podsNotRunning, kubeconfig, registry, network }: LabStatus) {
  const pods = podsNotRunning.map((pod) => `  ${pod.namespace}/${pod.name} ${pod.waitsFor}`);
  return [
    `Lab ${name}: ${state}`,
    "",
    ...table(
      nodes.map((node) => [
        `  ${node.name}`,
        node.role,
        node.address,
        node.machine,
        node.ready ? "Ready" : `not Ready: ${node.obstacle}`,
        guardWords(node.guard),
      ]),
    ),
    "",
    ...table([
      ["  K3s", `${k3s.version} from ${sourceWords(k3s.source)}`],
      ...(k3s.lacks.length === 0 ? [] : [["  Without", k3s.lacks.join(", ")]]),
      ["  API", k3s.silence === undefined ? k3s.server : `${k3s.server}: ${k3s.silence}`],
      [
        "  Registry",
        registry === undefined
          ? "not deployed yet"
          : `${registry.name} at ${registry.endpoint}${registry.serving ? "" : ": does not answer"}`,
      ],
      ["  Kubeconfig", kubeconfig],
      ...(network === undefined
        ? []
        : [
            ["  Network", `${network.subnet} on ${network.link}, uplink ${network.uplink ?? "none"}`],
            ["  Cluster", `pods ${network.podCidr}, services ${network.serviceCidr}`],
          ]),
    ]),
    ...(pods.length === 0 ? [] : ["", "Pods that do not run:", ...pods]),
    ...(state === "up" ? [] : ["", "`npm run lab:plan` says what is to be done, `npm run lab:up` does it."]),
  ].join("\n");
}
