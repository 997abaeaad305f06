import { clusterSide, nodeFaults } from "./cluster-side.js";
import { linkFaults } from "./host-links.js";
import { hostSide } from "./host-side.js";
import type { Observed } from "./observed.js";
import { ids, type Scene, sceneOf } from "./scene.js";
import type { Edge, Element, Topology, Way } from "./topology.js";
import { waysOf } from "./ways.js";

/** Makes of what was observed what a picture shows. Nothing that is only wanted gets into it, except as missing. */
export function buildTopology(seen: Observed): Topology {
  const scene = sceneOf(seen);
  const ways = waysOf(scene);
  const [host, cluster] = [hostSide(scene), clusterSide(scene)];
  const known = [...host.elements, ...cluster.elements];
  const elements = [...known, ...unknownStops(scene, known, ways)];
  const edges = [...host.edges, ...cluster.edges];
  const faults = [...hostFaults(scene), ...nodeFaults(scene), ...loopFaults(ways)];
  return {
    name: seen.name,
    // A machine that was just stopped is not missed yet.
    state: seen.state === "up" && faults.length > 0 ? "degraded" : seen.state,
    at: seen.at,
    about: aboutOf(scene),
    faults,
    elements,
    edges: [...edges, ...edgesTaken(ways, edges)],
    ways,
  };
}

/** A way may lead out by an interface that is not of the lab, and would be among the others. */
function unknownStops({ seen: { host } }: Scene, known: readonly Element[], ways: readonly Way[]): readonly Element[] {
  const shown = new Set(known.map(({ id }) => id));
  const reached = new Set(ways.flatMap(({ stops }) => stops.map(({ at }) => at)).filter((id) => !shown.has(id)));
  return host.links
    .filter(({ name }) => reached.has(ids.link(name)))
    .map(({ name, kind, addresses }) => ({
      id: ids.link(name),
      kind: "link",
      parent: ids.host,
      title: name,
      lines: ["not of this lab", ...addresses.slice(0, 1)],
      health: "none",
      condition: "",
      details: [
        ["Kind", kind],
        ["Addresses", addresses.join(", ") || "none"],
      ],
    }));
}

/** The steps of ways that no edge stands for: where something is missing, packets take other ways. */
function edgesTaken(ways: readonly Way[], edges: readonly Edge[]): readonly Edge[] {
  const key = (a: string, b: string) => [a, b].toSorted().join(" – ");
  const drawn = new Set(edges.map(({ from, to }) => key(from, to)));
  return ways.flatMap(({ stops }) =>
    stops.slice(1).flatMap(({ at: to }, index): readonly Edge[] => {
      const from = stops[index]?.at ?? to;
      if (from === to || drawn.has(key(from, to))) return [];
      drawn.add(key(from, to));
      return [{ from, to, kind: "path" }];
    }),
  );
}

function aboutOf({ seen: { k3s, host, nodes }, network, lanLink }: Scene): string {
  if (network === undefined) return `no lab here: what ${host.hostName} has`;
  const count = `${nodes.length} node${nodes.length === 1 ? "" : "s"}`;
  return [
    k3s === undefined ? "K3s not installed yet" : `K3s ${k3s.version}`,
    count,
    `LAN ${network.lan.subnet} on ${lanLink}`,
  ].join(" · ");
}

function hostFaults(scene: Scene): readonly string[] {
  const { network, isPrivate, hasTable } = scene;
  const { missing = [], guarded } = scene.seen.host;
  if (network === undefined) return [];
  return [
    ...linkFaults(scene),
    ...(isPrivate && !hasTable ? ["The lab's routing table is missing on the host."] : []),
    ...(isPrivate && guarded === false ? ["The host guard is missing or not whole."] : []),
    ...missing.map((sentence) => `lab:up would put right: ${sentence}.`),
  ];
}

function loopFaults(ways: readonly Way[]): readonly string[] {
  const of = (verdict: Way["verdict"]) => ways.filter((way) => way.verdict === verdict).map(({ title }) => title);
  const words = { loops: "A request loops", "may-loop": "A request may loop" } as const;
  return (["loops", "may-loop"] as const).flatMap((verdict) =>
    of(verdict).map((title) => `${words[verdict]}: ${title.toLowerCase()}.`),
  );
}
