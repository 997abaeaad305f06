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
import { connectBy, runCanary, type Verdict } from "../../src/canary/index.js";
import { alsoProxied, type Cell, type CellName, cells } from "./cells.js";
import { expected, type Guarding, guardings } from "./expected.js";
import { setGuards } from "./guards.js";
import { cap, measure } from "./measure.js";
import type { Place } from "./topologies.js";

/** What came of a cell: at most one connection in the VIF, as many as it forwards, or something in between. */
export type Seen = "once" | "loops" | `${number} connections`;

export interface GuardingSeen {
  readonly cells: ReadonlyMap<CellName, Seen>;
  /** The canary's, while the VIF was connected. */
  readonly verdict: Verdict;
  /** Connections of the canary that came to the VIF. */
  readonly leaked: number;
}

/** What is there while a guarding is looked at. */
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
    const { topology, labId } = await place.prepare(world, parts);
    const nodes = await emulateTopology(world, topology);
    const scene: Scene = { world, nodes, topology };
    const seen = new Map<Guarding, GuardingSeen>();
    // The most guarded first: what a user-mode NAT still dials after a loop would come to the next VIF.
    for (const [guarding, guards] of Object.entries(guardings).toReversed()) {
      await setGuards(world, nodes, topology, labId, guards);
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
  // Awaited here: what returns ends the VIF.
  return await act(vif);
}

/** The control: what a pod serves is served through the VIF, whatever guards there are. */
async function untilServed({ host }: World): Promise<void> {
  const { address, port } = cluster.served;
  const end = performance.now() + 30_000;
  for (;;) {
    const said = await runClient(host, "tcp", address, String(port));
    if (said === "served") return;
    if (performance.now() > end) throw new Error(`the service with a pod does not answer through the VIF: ${said}`);
  }
}

/** Asks for all cells at once; what they have made of it is counted at the end, so that nothing that came late is missed. */
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

/** An address of a service that is nobody's, as doctor picks one. */
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
  // A busy machine may leave a run without a verdict; that is none, and never a wrong one.
  for (let tries = 0; tries < 3 && verdict === "unproven"; tries++) {
    verdict = (await runCanary({ host, target, sources, vifs: [vif.name] })).verdict;
  }
  return { verdict, leaked: vif.taken.filter(({ address }) => address === target).length };
}
