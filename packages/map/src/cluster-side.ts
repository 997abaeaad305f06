import { faultText, type NodeGuardSeen } from "@k3s-lab/guard";
import type { NodeObserved } from "./observed.js";
import { ids, isRunning, type Scene } from "./scene.js";
import type { Detail, Edge, Element, Health } from "./topology.js";

/** Returns the nodes, and what stands on each. */
export function clusterSide(scene: Scene): { readonly elements: readonly Element[]; readonly edges: readonly Edge[] } {
  const { nodes } = scene.seen;
  if (nodes.length === 0) return { elements: [], edges: [] };
  return {
    elements: [clusterOf(scene), ...nodes.flatMap((node) => [nodeOf(node), nodeGuardOf(node), podsOf(node, scene)])],
    edges: [
      ...nodes.flatMap(({ name }): readonly Edge[] => [
        ...(scene.lanLink === undefined
          ? []
          : [{ from: ids.link(scene.lanLink), to: ids.guard(name), kind: "cable" } as const]),
        { from: ids.guard(name), to: ids.pods(name), kind: "path" },
      ]),
      ...tunnels(scene),
    ],
  };
}

/** What a VIF that maps the cluster has at its other end: a pod that dials, on some node. */
function tunnels(scene: Scene): readonly Edge[] {
  const node = dialingNode(scene);
  if (node === undefined) return [];
  return scene.vifs
    .filter(({ mapsServices, mapsPods }) => mapsServices || mapsPods)
    .map(({ link }) => ({ from: ids.link(link.name), to: ids.pods(node.name), kind: "tunnel" }));
}

/**
 * Returns the node that ways are drawn from: of those that run, one whose guard does not guard, since a loop on one node
 * is a loop; then one that could not be seen; then the last agent, which is drawn next to the VIFs.
 */
export function dialingNode({ running }: Scene): NodeObserved | undefined {
  const rank = ({ guard, role }: NodeObserved) =>
    guard?.guarding === false ? 0 : guard === undefined ? 1 : role === "agent" ? 2 : 3;
  return running.toReversed().toSorted((a, b) => rank(a) - rank(b))[0];
}

function clusterOf({ seen: { k3s, state }, network }: Scene): Element {
  const [health, condition]: readonly [Health, string] =
    k3s === undefined
      ? ["bad", "not installed yet"]
      : state === "stopped"
        ? ["bad", "stopped"]
        : k3s.silence === undefined
          ? ["ok", "API answers"]
          : ["bad", "API silent"];
  return {
    id: ids.cluster,
    kind: "cluster",
    title: "Cluster",
    lines: [`pods ${network?.podCidr ?? "unknown"}`, `services ${network?.serviceCidr ?? "unknown"}`],
    health,
    condition,
    details: [
      ["Pods", String(network?.podCidr ?? "unknown")],
      ["Services", String(network?.serviceCidr ?? "unknown")],
      ["DNS", network?.clusterDns ?? "unknown"],
      ...(k3s === undefined
        ? []
        : ([
            ["K3s", k3s.version],
            ["API", k3s.silence === undefined ? k3s.server : `${k3s.server}: ${k3s.silence}`],
          ] as const)),
    ],
  };
}

function nodeOf(node: NodeObserved): Element {
  const { name, role, address, machine, ready, obstacle, version, routes = [], resolvers } = node;
  return {
    id: ids.node(name),
    kind: "node",
    parent: ids.cluster,
    title: name,
    lines: [role, address],
    health: isWell(node) ? "ok" : "bad",
    condition: conditionOf(node),
    details: [
      ["Role", role],
      ["Address", address],
      ["Machine", machine],
      ["Kubernetes", ready ? "Ready" : `not Ready: ${obstacle ?? "no reason given"}`],
      ...(version === undefined ? [] : [["K3s", version] as const]),
      ...(resolvers === undefined ? [] : [["Asks for names", resolvers.join(", ") || "nobody"] as const]),
      ...routes.map(({ to, via, dev }): Detail => [
        "Route",
        `${to}${via === undefined ? "" : ` via ${via}`} by ${dev}`,
      ]),
    ],
  };
}

/** For a while, Kubernetes goes on calling a node Ready whose machine was stopped. */
function isWell(node: NodeObserved): boolean {
  return node.ready && isRunning(node);
}

function conditionOf(node: NodeObserved): string {
  if (!isRunning(node)) return node.machine;
  return node.ready ? "Ready" : "not Ready";
}

function faultOf({ name, machine, ready, obstacle }: NodeObserved): readonly string[] {
  if (!ready) return [`Node ${name} is not Ready: ${obstacle ?? "no reason given"}.`];
  return isRunning({ machine }) ? [] : [`Node ${name} is ${machine}, although Kubernetes still calls it Ready.`];
}

function nodeGuardOf(node: NodeObserved): Element {
  const { name, guard } = node;
  const [health, condition] = guardHealth(node);
  return {
    id: ids.guard(name),
    kind: "guard",
    parent: ids.node(name),
    title: "Node guard",
    lines: [],
    health,
    condition,
    isMissing: guard !== undefined && !guard.guarding,
    details: [
      ["What", "rejects what is for a service that nothing serves, or for a pod of no node"],
      ...(guard === undefined ? [] : guardDetails(guard)),
    ],
  };
}

function guardHealth(node: NodeObserved): readonly [Health, string] {
  const { guard } = node;
  if (guard === undefined) return ["unknown", isRunning(node) ? "not seen" : "not running"];
  if (!guard.guarding) return ["bad", guard.by === "nothing" ? "missing" : "does not guard"];
  return guard.faults.length === 0 ? ["ok", `rejected ${rejectedBy(guard)}`] : ["bad", "guards, with faults"];
}

function guardDetails(guard: NodeGuardSeen): readonly Detail[] {
  return [
    ["By", guard.by],
    ["Rejected", `${rejectedBy(guard)} packets since its rules were loaded`],
    ...guard.faults.map((fault): Detail => ["Fault", faultText(fault)]),
  ];
}

function rejectedBy({ rejected: { services, pods } }: NodeGuardSeen): number {
  return [services, pods].flatMap((each) => Object.values(each)).reduce((sum, count) => sum + count, 0);
}

function podsOf({ name }: NodeObserved, { seen: { registry } }: Scene): Element {
  const own = registry?.name.startsWith(`${name}:`) ? registry : undefined;
  const health: Health = own === undefined ? "none" : own.serving ? "ok" : "bad";
  return {
    id: ids.pods(name),
    kind: "pods",
    parent: ids.node(name),
    title: "Pods",
    lines: [],
    health,
    condition: own === undefined ? "" : own.serving ? "registry" : "registry silent",
    details:
      own === undefined
        ? [["What", "the pods of this node"]]
        : [
            ["Registry", own.name],
            ["From the host", own.endpoint],
            ["Answers", own.serving ? "yes" : "no"],
          ],
  };
}

/** Describes what is wrong with the nodes, as sentences. */
export function nodeFaults({ seen: { nodes, k3s, registry } }: Scene): readonly string[] {
  return [
    ...nodes.flatMap((node) => [
      ...faultOf(node),
      ...(node.guard?.faults ?? []).map((fault) => `Node ${node.name}: ${faultText(fault)}.`),
    ]),
    ...(k3s?.silence === undefined ? [] : [`The cluster's API: ${k3s.silence}.`]),
    ...(registry?.serving === false ? [`The registry ${registry.name} does not answer.`] : []),
  ];
}
