import { type HostNetwork, namesNeeded } from "@k3s-lab/host-network";
import { type Lab } from "@k3s-lab/lab";
import { askNode, type Driver, type Machine, type Machines, NotRunning, openDriver } from "@k3s-lab/machines";
import { Problem } from "@k3s-lab/problem";
import { needRoot } from "./need-root.js";
import type { NodeSeen, RoutedNode } from "./node-seen.js";
import { nodeSections, nodeSeen } from "./node-sections.js";
import { readOwners } from "./read-owners.js";
import type { MachineSeen, Part, ReadPart } from "./survey.js";

/** Milliseconds until a node that does not answer is given up. */
const timeout = 60_000;

interface MachinesLook {
  readonly network: HostNetwork;
  readonly machines: Machines;
  readonly probes: boolean;
  readonly signal: AbortSignal;
}

type Look = NodeSeen | NotRunning | Problem;

/**
 * Reads the machines, the nodes in them, and the other computers that have their addresses. A node that answers is
 * running: its driver need not be asked.
 */
export async function readMachinesSeen(
  lab: Lab,
  { network, machines: { driver: kind, machines }, probes, signal }: MachinesLook,
  read: ReadPart,
  unseen: { [Name in Part]?: string },
): Promise<void> {
  const driver = openDriver(lab);
  const names = probes ? namesNeeded(lab) : [];
  const looks = await read("nodes", async () => {
    // Only root enters containers; other machines let in the user who has their key.
    if (kind === "lxc") needRoot("looking into the nodes");
    const all = await Promise.all(machines.map((machine) => lookInto(driver, machine, network, names, signal)));
    const failed = all.filter((look) => look instanceof Problem && !(look instanceof NotRunning)) as readonly Problem[];
    if (failed.length > 0) unseen.nodes = failed.map(({ subject, what }) => `${subject} ${what}`).join("; ");
    return all.filter((look): look is NodeSeen => !(look instanceof Problem));
  });
  await read("routedNodes", async () => {
    const silent = (looks ?? []).filter(({ ip }) => ip === undefined).map(({ machine }) => machine.name);
    if (silent.length > 0)
      unseen.routedNodes = `ip prints no JSON on ${silent.join(", ")} (iproute2 is not installed there)`;
    if (unseen.nodes !== undefined) unseen.routedNodes ??= unseen.nodes;
    return looks?.filter((node): node is RoutedNode => node.ip !== undefined);
  });
  const runs = new Set((looks ?? []).map(({ machine }) => machine.name));
  const states = await read("machines", () =>
    Promise.all(
      machines.map(async (machine): Promise<MachineSeen> => {
        return { machine, state: runs.has(machine.name) ? "running" : await driver.state(machine.name) };
      }),
    ),
  );
  const owners = await read("owners", () => readOwners(network, states ?? [], probes, signal));
  // What neighbours have learned shows other computers, too: that rule is checked in part.
  if (owners === undefined) await read("owners", async () => []);
}

async function lookInto(
  driver: Driver,
  machine: Machine,
  network: HostNetwork,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Look> {
  const sections = nodeSections(network, { names, clusterDns: network.clusterDns });
  const before = Date.now();
  try {
    const answers = await askNode(driver, machine.name, sections, { signal, timeout });
    return nodeSeen(machine, network, answers, { before, after: Date.now() });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Problem) return error;
    throw error;
  }
}
