import {
  cluster,
  connectTelepresence,
  type EmulatedNode,
  emulateHost,
  emulateTopology,
  lan,
  runClient,
  type Telepresence,
  type Topology,
  type World,
} from "@k3s-lab/testbed";
import { until } from "@k3s-lab/steps";
import { connectBy, runCanary, type Verdict } from "../../src/canary/index.js";
import { alsoProxied, type Cell, type CellName, cells } from "./cells.js";
import { expected, type Guarding, guardings } from "./expected.js";
import { loadPolicies, setGuards } from "./guards.js";
import { cap, measure } from "./measure.js";
import type { Place } from "./topologies.js";

/** The result of a cell: at most one connection in the VIF, as many as it forwards, or something in between. */
export type Seen = "once" | "loops" | `${number} connections`;

export interface GuardingSeen {
  readonly cells: ReadonlyMap<CellName, Seen>;
  /** The canary's verdict, while the VIF was connected. */
  readonly verdict: Verdict;
  /** Connections of the canary that came to the VIF. */
  readonly leaked: number;
}

/** The surroundings of one look at a topology. */
interface Scene {
  readonly world: World;
  readonly nodes: EmulatedNode;
  readonly topology: Topology;
}

/** Makes a topology and looks at every cell of it, under each guarding. */
export async function runPlace(place: Place): Promise<ReadonlyMap<Guarding, GuardingSeen>> {
  await using world = await emulateHost(place.world);
  const parts: AsyncDisposable[] = [];
  try {
    const prepared = await place.prepare(world, parts);
    const { topology } = prepared;
    const nodes = await emulateTopology(world, topology);
    if (place.hasPolicies) await loadPolicies(nodes);
    const scene: Scene = { world, nodes, topology };
    const seen = new Map<Guarding, GuardingSeen>();
    // The most guarded first: what a user-mode NAT still dials after a loop would come to the next VIF.
    for (const [guarding, guards] of Object.entries(guardings).toReversed()) {
      await setGuards(world, nodes, topology, prepared, guards);
      const look = (vif: Telepresence, manager: Cell["manager"]) =>
        askAll(
          scene,
          vif,
          cellsOf(place).filter((name) => cells[name].manager === manager),
          (cell) => expected(place.comeback, guards, cell).loops,
        );
      const { probed, usual } = await whileConnected(scene, "pod", async (vif) => ({
        // First: a VIF in which nothing loops yet.
        probed: await probe(scene, vif),
        usual: await look(vif, "pod"),
      }));
      const other = await whileConnected(scene, "node", (vif) => look(vif, "node"));
      seen.set(guarding as Guarding, { cells: new Map([...usual, ...other]), ...probed });
    }
    return seen;
  } finally {
    for (const part of parts.toReversed()) await part[Symbol.asyncDispose]();
  }
}

/** All cells that a topology has. */
export function cellsOf({ hasSafeResolver }: Place): readonly CellName[] {
  return (Object.keys(cells) as CellName[]).filter((name) => hasSafeResolver || name !== "namesSafe");
}

/** A VIF has one manager and the cluster one resolver, which is the same in all cells of that manager. */
async function whileConnected<Result>(
  { world, nodes, topology: { resolvers } }: Scene,
  manager: Cell["manager"],
  act: (vif: Telepresence) => Promise<Result>,
): Promise<Result> {
  const resolver = manager === "pod" ? resolvers.leadsBack : (resolvers.safe ?? resolvers.leadsBack);
  await using vif = await connectTelepresence(world.host, {
    cidrs: [cluster.serviceCidr, cluster.podCidr, alsoProxied],
    manager: nodes[manager].pid,
    names: { nameserver: lan.routerAddress, resolver },
    most: cap,
  });
  await untilServed(world);
  // Awaited here: the VIF ends when this function returns.
  return await act(vif);
}

/** The control: what a pod serves is served through the VIF, whatever guards there are. */
async function untilServed({ host }: World): Promise<void> {
  const { address, port } = cluster.served;
  await until({
    every: 0,
    within: 30_000,
    look: async () => {
      const outcome = await runClient(host, "tcp", address, String(port));
      if (outcome === "served") return { value: outcome };
      return { reason: `the service with a pod does not answer through the VIF: ${outcome}` };
    },
  });
}

/** Asks for all cells at once, and counts at the end, so that no connection that came late is missed. */
async function askAll(
  { world }: Scene,
  vif: Telepresence,
  group: readonly CellName[],
  loops: (cell: CellName) => boolean,
): Promise<readonly (readonly [CellName, Seen])[]> {
  const count = (name: CellName) => {
    const { protocol, address, port } = cells[name].comesAs;
    return vif.taken.filter((it) => it.protocol === protocol && it.address === address && it.port === port).length;
  };
  const ask = (name: CellName) =>
    measure(
      () => runClient(world.host, ...(cells[name] as Cell).client),
      () => count(name),
      loops(name),
    );
  await Promise.all(group.map(ask));
  return group.map((name) => [name, seenOf(count(name))]);
}

function seenOf(count: number): Seen {
  if (count <= 1) return "once";
  return count >= cap ? "loops" : `${count} connections`;
}

/** An unused service address, such as doctor picks. */
const target = "10.43.1.0";

async function probe(
  { world: { host }, nodes: { node, pod } }: Scene,
  vif: Telepresence,
): Promise<Pick<GuardingSeen, "verdict" | "leaked">> {
  const sources = [
    { name: "node", kind: "node", connect: connectBy(node.run) },
    { name: "node", kind: "pod", connect: connectBy(pod.run) },
  ] as const;
  let verdict: Verdict = "unproven";
  // On a busy machine a run may end without a verdict, but never with a wrong one.
  for (let tries = 0; tries < 3 && verdict === "unproven"; tries++) {
    verdict = (await runCanary({ host, target, sources, vifs: [vif.name] })).verdict;
  }
  return { verdict, leaked: vif.taken.filter(({ address }) => address === target).length };
}
