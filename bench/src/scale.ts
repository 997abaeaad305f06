import { setTimeout as delay } from "node:timers/promises";
import { Problem } from "@k3s-lab/problem";
import { openWarmLab } from "./bench-lab.js";
import { machineCpu } from "./machine-cpu.js";
import { machineMemory } from "./machine-memory.js";
import { k3sOf } from "./raw-lab.js";
import type { Row } from "./row.js";
import { k3sLab, runTimed } from "./run-timed.js";
import { settle } from "./settle.js";
import { medianOf, mediansOf, spreadOf, sumOf } from "./statistics.js";

/** How many agents a lab has, where nobody says otherwise. */
export const usualAgents = "1,3,6,10";

/** Milliseconds that a lab at rest is watched for. */
const rest = 20_000;

/** What one lab of so many agents has cost. Seconds, and bytes. */
export interface Scaled {
  readonly agents: number;
  readonly k3s: string;
  readonly up: number;
  readonly again: number;
  /** CPU seconds of the command that brought it up, and of each machine until then; the server comes first. */
  readonly cpuOfUp: number;
  readonly cpuOfMachines: readonly number[];
  /** CPU seconds of each machine in a minute at rest. */
  readonly cpuAtRest: readonly number[];
  readonly memory: readonly number[];
}

interface ScaleOptions {
  readonly agents: readonly number[];
  readonly rounds: number;
  readonly signal: AbortSignal;
  tell(message: string): void;
}

/** Reads "1,3,6,10". */
export function agentsIn(command: string, text: string): readonly number[] {
  if (/^\d{1,2}(,\d{1,2})*$/.test(text)) return text.split(",").map(Number);
  throw new Problem("LAB-CLI-001", command, `--agents is ${text}, expected numbers below 100 like ${usualAgents}`);
}

/** Measures labs of more and more agents: what an `up` takes, what the nodes need at rest, and what grows with them. */
export async function measureScale({ agents, rounds, signal, tell }: ScaleOptions): Promise<readonly Row[]> {
  const measured: Scaled[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const count of agents) {
      tell(`round ${round} of ${rounds}: a server and ${count} agents`);
      measured.push(await measureLab(count, signal));
    }
  }
  return agents.flatMap((count) => rowsOf(measured.filter((each) => each.agents === count)));
}

async function measureLab(agents: number, signal: AbortSignal): Promise<Scaled> {
  await using bench = await openWarmLab(agents + 1, signal);
  const { lab, nodes, how } = bench;
  const up = await runTimed(k3sLab("up"), how);
  const cpuOfMachines = inOrder(nodes, machineCpu(lab.id, nodes));
  await settle(bench);
  const again = await runTimed(k3sLab("up"), how);
  const before = inOrder(nodes, machineCpu(lab.id, nodes));
  await delay(rest, undefined, { signal });
  const after = inOrder(nodes, machineCpu(lab.id, nodes));
  return {
    agents,
    k3s: k3sOf(lab),
    up: up.ms / 1000,
    again: again.ms / 1000,
    cpuOfUp: up.cpu,
    cpuOfMachines,
    cpuAtRest: after.map((seconds, index) => ((seconds - (before[index] ?? 0)) * 60_000) / rest),
    memory: inOrder(nodes, machineMemory(lab.id, nodes)),
  };
}

function inOrder(names: readonly string[], values: Readonly<Record<string, number>>): readonly number[] {
  return names.map((name) => values[name] ?? 0);
}

/** Makes the rows of labs of the same size. */
export function rowsOf(labs: readonly Scaled[]): readonly Row[] {
  const [first] = labs;
  if (first === undefined) return [];
  const { agents, k3s } = first;
  const of = agents === 1 ? "1 agent" : `${agents} agents`;
  const shared = { unit: "s", k3s, runs: labs.length } as const;
  return [
    {
      ...shared,
      id: `scale-${agents}`,
      what: `up, ${of}`,
      value: spreadOf(labs.map(({ up }) => up)),
      cpu: {
        "all of the command": medianOf(labs.map(({ cpuOfUp }) => cpuOfUp)),
        ...byRole(labs.map(({ cpuOfMachines }) => cpuOfMachines)),
      },
      memory: mapped(byRole(labs.map(({ memory }) => memory)), (bytes) => bytes / 1e6),
      sampled: labs.length,
    },
    {
      ...shared,
      id: `scale-${agents}-again`,
      what: `up, ${of}, nothing to do`,
      value: spreadOf(labs.map(({ again }) => again)),
    },
    {
      ...shared,
      id: `scale-${agents}-rest`,
      what: `a minute at rest, ${of}: CPU seconds of all nodes`,
      value: spreadOf(labs.map(({ cpuAtRest }) => sumOf(cpuAtRest))),
      cpu: byRole(labs.map(({ cpuAtRest }) => cpuAtRest)),
    },
  ];
}

/** Medians of what the server has, the first of each list, and of what an agent has. */
function byRole(lists: readonly (readonly number[])[]): Readonly<Record<string, number>> {
  return mediansOf(
    lists.map(([server = 0, ...agents]) => ({
      server,
      ...(agents.length > 0 && { "each agent": medianOf(agents), "all nodes": server + sumOf(agents) }),
    })),
  );
}

function mapped(values: Readonly<Record<string, number>>, change: (value: number) => number) {
  return Object.fromEntries(Object.entries(values).map(([name, each]) => [name, change(each)]));
}
