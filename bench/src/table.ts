import type { CommandId, Round, TimedId } from "./round.js";
import type { Goal, Row } from "./row.js";
import { medianOf, mediansOf, spreadOf, sumOf } from "./statistics.js";
import { cpuByGroup, memoryByGroup } from "./by-group.js";

interface Line {
  readonly id: TimedId | "eachAgent";
  readonly what: string;
  readonly raw?: TimedId;
  readonly by?: string;
  readonly goal?: Goal;
  /** The command whose CPU time and memory it shows. */
  readonly command?: CommandId;
}

const value = (most: number): Goal => ({ of: "value", most });
const chain = "raw chain: lxc-start, systemctl, kubectl, skopeo, crictl";
const look = "lxc-info, kubectl get nodes";

/** The table of issue 11. Goals are seconds, or a ratio. */
const lines: readonly Line[] = [
  {
    id: "up",
    what: "up, three nodes, registry verified",
    raw: "rawUp",
    by: chain,
    goal: { of: "ratio", most: 0.7 },
    command: "up",
  },
  { id: "orchestration", what: "of it, orchestration", raw: "rawUp", by: chain, goal: value(1.5) },
  { id: "untilFirstMachine", what: "- until the first machine starts" },
  { id: "untilFirstStage", what: "- of that, until the first stage reports (processes start)" },
  { id: "oneProcess", what: "- of that, what one process would save (all but its own start)" },
  { id: "gaps", what: "- gaps with no action pending" },
  { id: "afterLastNode", what: "- after the last action on a node" },
  { id: "again", what: "up, nothing to do", raw: "rawLook", by: look, goal: value(0.7), command: "again" },
  { id: "push", what: "push, small image", raw: "rawPush", by: "skopeo copy", goal: value(0.25), command: "push" },
  {
    id: "unchanged",
    what: "push, unchanged",
    raw: "rawPush",
    by: "skopeo copy",
    goal: value(0.2),
    command: "unchanged",
  },
  { id: "down", what: "down", raw: "rawDown", by: "lxc-stop -k", goal: value(0.9), command: "down" },
  { id: "exec", what: "exec", raw: "rawExec", by: "lxc-attach", goal: value(0.25), command: "exec" },
  {
    id: "kubectl",
    what: "kubectl get nodes",
    raw: "rawKubectl",
    by: "K3s' own kubectl",
    goal: value(0.25),
    command: "kubectl",
  },
  { id: "plan", what: "plan", raw: "rawLook", by: look, command: "plan" },
  { id: "status", what: "status", raw: "rawLook", by: look, command: "status" },
  { id: "npm", what: "what npm adds to a command" },
  {
    id: "eachAgent",
    what: "each agent beyond two (of an up with five nodes)",
    raw: "rawUp",
    by: chain,
    goal: value(1),
  },
];

/** Megabytes. */
const mostMemory = 150;

/** Makes the rows of the table from at least one round. */
export function tableOf(rounds: readonly Round[]): readonly Row[] {
  return [...lines.map((line) => rowOf(line, rounds)), memoryRow(rounds)];
}

function rowOf({ id, what, raw, by, goal, command }: Line, rounds: readonly Round[]): Row {
  const milliseconds = (round: Round) =>
    id === "eachAgent" ? (round.times.upOfFive - round.times.up) / 2 : round.times[id];
  return {
    id,
    what,
    unit: "s",
    k3s: k3sOf(rounds),
    runs: rounds.length,
    value: spreadOf(rounds.map((round) => milliseconds(round) / 1000)),
    ...(raw !== undefined && {
      raw: spreadOf(rounds.map(({ times }) => times[raw] / 1000)),
      ratio: spreadOf(rounds.map((round) => milliseconds(round) / round.times[raw])),
    }),
    ...(by !== undefined && { by }),
    ...(goal !== undefined && { goal }),
    ...(command !== undefined && usageOf(command, rounds)),
    ...(id === "eachAgent" && { cpu: { "each agent": medianOf(rounds.map(cpuOfAgent)) } }),
  };
}

/** CPU time: medians of the timed runs; by group, of the sampled ones. */
function usageOf(command: CommandId, rounds: readonly Round[]): Pick<Row, "cpu" | "memory" | "sampled"> {
  const samples = rounds.flatMap(({ samples: { [command]: sampled } }) => sampled ?? []);
  const cpu = {
    "all of the command": medianOf(rounds.map((round) => round.cpu[command])),
    ...(samples.length > 0 && cpuByGroup(samples)),
    ...(command === "up" && mediansOf(rounds.map(({ machines }) => machines))),
    ...(command === "up" && {
      "machines in the raw chain": medianOf(
        rounds.map(({ machinesInRawChain }) => sumOf(Object.values(machinesInRawChain))),
      ),
    }),
  };
  if (samples.length === 0) return { cpu };
  return { cpu, memory: memoryByGroup(samples), sampled: samples.length };
}

function memoryRow(rounds: readonly Round[]): Row {
  const runs = rounds.map(({ samples }) => samples.up);
  return {
    id: "memory",
    what: "memory of our own processes during up (PSS; npm and turbo apart)",
    unit: "MB",
    k3s: k3sOf(rounds),
    runs: rounds.length,
    sampled: rounds.length,
    value: spreadOf(runs.map(({ peak }) => peak.node / 1e6)),
    goal: value(mostMemory),
    memory: memoryByGroup(runs),
  };
}

/** Each lab chooses by itself, and a release may become reachable meanwhile. */
function k3sOf(rounds: readonly Round[]): string {
  return [...new Set(rounds.map(({ k3s }) => k3s))].join(", ");
}

/** CPU seconds that a lab of five nodes needs more than one of three, for each of the two. */
function cpuOfAgent({ machines, machinesOfFive }: Round): number {
  return (sumOf(Object.values(machinesOfFive)) - sumOf(Object.values(machines))) / 2;
}
