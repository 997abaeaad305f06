import { faultText } from "@k3s-lab/guard";
import type { ClusterDescription } from "@k3s-lab/cluster";
import type { NetworkDescription } from "@k3s-lab/host-network";
import type { Lab } from "@k3s-lab/lab";
import type { MachineState } from "@k3s-lab/machines";
import type { RegistryDescription } from "@k3s-lab/registry";
import { describeLab, type Stage } from "@k3s-lab/stages";
import type { Facts } from "@k3s-lab/steps";
import { alignColumns } from "./align-columns.js";
import { sourceWords } from "./summarize-lab.js";

/** A lab as `lab:status --json` prints it. */
export interface LabStatus {
  readonly name: string;
  /** degraded: something of it does not work; stopped: no machine runs. */
  readonly state: "up" | "degraded" | "stopped";
  readonly nodes: readonly (ClusterDescription["nodes"][number] & { readonly machine: MachineState | "unknown" })[];
  readonly k3s: Omit<ClusterDescription, "nodes" | "podsNotRunning" | "kubeconfig">;
  readonly podsNotRunning: ClusterDescription["podsNotRunning"];
  readonly kubeconfig: string;
  readonly registry?: Descriptions["registry"] | undefined;
  readonly network?: Descriptions["hostNetwork"] | undefined;
}

/** What the stages tell of themselves, by their keys; absent where lab:up has not come as far. */
interface Descriptions {
  readonly hostNetwork?: NetworkDescription;
  readonly machines?: Readonly<Record<string, MachineState | "unknown">>;
  readonly cluster?: ClusterDescription;
  readonly registry?: RegistryDescription & { readonly serving: boolean };
}

/** Asks every stage of the chain how it is; undefined where `lab:up` has not come as far as the cluster. */
export async function lookAtLab(chain: readonly Stage[], lab: Lab, facts: Facts): Promise<LabStatus | undefined> {
  const { hostNetwork, machines = {}, cluster, registry }: Descriptions = await describeLab(chain, lab, facts);
  if (cluster === undefined) return undefined;
  const { nodes: described, podsNotRunning, kubeconfig, ...k3s } = cluster;
  const nodes = described.map((node) => ({ ...node, machine: machines[node.name] ?? ("unknown" as const) }));
  const works =
    registry?.serving === true &&
    (hostNetwork?.missing ?? []).length === 0 &&
    nodes.every(({ ready, guard }) => ready && (guard?.faults ?? []).length === 0);
  const anyRuns = nodes.some(({ machine }) => machine === "running" || machine === "unknown");
  return {
    name: lab.config.name,
    state: works ? "up" : anyRuns ? "degraded" : "stopped",
    nodes,
    k3s,
    podsNotRunning,
    kubeconfig,
    registry,
    network: hostNetwork,
  };
}

function guardWords(guard: ClusterDescription["nodes"][number]["guard"]): string {
  if (guard === undefined) return "guard unknown";
  if (guard.faults.length > 0) return `not guarded: ${guard.faults.map(faultText).join(", ")}`;
  const { services, pods } = guard.rejected;
  const rejected = [services, pods].flatMap((each) => Object.values(each)).reduce((sum, count) => sum + count, 0);
  return `guarded by ${guard.by}, rejected ${rejected}`;
}

function hostWords(missing: readonly string[] | undefined): string {
  if (missing === undefined) return "rules, routes and firewall: only root can see them";
  if (missing.length > 0) return "rules, routes and firewall are not as the lab needs them, see below";
  return "rules, routes, firewall and forwarding as the lab needs them";
}

export function renderStatus({ name, state, nodes, k3s, podsNotRunning, kubeconfig, registry, network }: LabStatus) {
  const missing = (network?.missing ?? []).map((sentence) => `  ${sentence}`);
  const pods = podsNotRunning.map((pod) => `  ${pod.namespace}/${pod.name} ${pod.waitsFor}`);
  return [
    `Lab ${name}: ${state}`,
    "",
    ...alignColumns(
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
    ...alignColumns([
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
            ["  Host", hostWords(network.missing)],
            ["  Cluster", `pods ${network.podCidr}, services ${network.serviceCidr}`],
          ]),
    ]),
    ...(missing.length === 0 ? [] : ["", "Missing on the host; `npm run doctor -- --fix` restores it:", ...missing]),
    ...(pods.length === 0 ? [] : ["", "Pods that do not run:", ...pods]),
    ...(state === "up" ? [] : ["", "`npm run lab:plan` shows what is to be done, `npm run lab:up` does it."]),
  ].join("\n");
}
