import { rawChain } from "../raw/raw-chain.js";
import { type BenchLab, openWarmLab } from "./bench-lab.js";
import { machineCpu } from "./machine-cpu.js";
import { orchestrationOf } from "./orchestration.js";
import { k3sOf, pauseImage, rawLab } from "./raw-lab.js";
import { type CommandId, type MachineCpu, type Round, shortCommands } from "./round.js";
import { k3sLab, runSampled, runTimed, type Timed } from "./run-timed.js";
import type { SampledRun } from "./sample-tree.js";
import { settle } from "./settle.js";
import { eventsIn } from "./timed-event.js";

/** Milliseconds between two samples. */
const samplingOfUp = 50;
const samplingOfOthers = 10;

interface RoundOptions {
  readonly signal: AbortSignal;
  /** Whether the processes of every command are sampled, and not only those of `up`. */
  readonly sampleAll: boolean;
  tell(message: string): void;
}

/**
 * Measures everything once: `up` of three nodes and the raw chain in its machines, one after the other; then an `up` that
 * is sampled, and `down`; then `up` of five nodes.
 */
export async function measureRound(options: RoundOptions): Promise<Round> {
  const { signal, tell } = options;
  tell("three nodes: up, the short commands, the raw chain");
  const three = await withLab(3, signal, measureThree);
  tell("three nodes: up with its processes sampled, down");
  const sampled = await withLab(3, signal, (bench) => measureSampled(bench, options));
  tell("five nodes: up");
  const five = await withLab(5, signal, measureFive);
  return {
    k3s: three.k3s,
    times: { ...three.times, down: sampled.down.ms, upOfFive: five.up.ms },
    cpu: { ...three.cpu, down: sampled.down.cpu },
    machines: three.machines,
    machinesInRawChain: three.machinesInRawChain,
    machinesOfFive: five.machines,
    samples: sampled.samples,
  };
}

async function withLab<Result>(nodes: number, signal: AbortSignal, work: (bench: BenchLab) => Promise<Result>) {
  await using bench = await openWarmLab(nodes, signal);
  return await work(bench);
}

async function measureThree(bench: BenchLab) {
  const { lab, nodes, how } = bench;
  const up = await runTimed(k3sLab("up", "--json"), how);
  const machines = machineCpu(lab.id, nodes);
  const orchestration = orchestrationOf(eventsIn(up.lines), nodes, up.ms);
  await settle(bench);
  const words = wordsOf(bench);
  const runs: Record<string, Timed> = { up };
  for (const id of shortCommands) runs[id] = await runTimed(k3sLab(...words[id]), how);
  const start = await runTimed(k3sLab("up", "--help"), how);
  const npm = await runTimed(["npm", "run", "-s", "lab:exec", "--", ...words.exec.slice(1)], how);
  const raw = rawLab(lab);
  const attach = ["lxc-attach", "-P", raw.containers, "-n", raw.server, "--clear-env", "--", "true"];
  const rawExec = await runTimed(attach, how);
  const kubectl = [raw.k3s, "kubectl", ...words.kubectl.slice(1)];
  const rawKubectl = await runTimed(kubectl, { ...how, env: { KUBECONFIG: raw.kubeconfig } });
  let machinesInRawChain: MachineCpu = {};
  const chain = await rawChain(raw, pauseImage(lab).skopeos, () => {
    machinesInRawChain = machineCpu(lab.id, nodes);
  });
  const timed = runs as Record<Exclude<CommandId, "down">, Timed>;
  const { total, ...parts } = orchestration;
  return {
    k3s: k3sOf(lab),
    machines,
    machinesInRawChain,
    cpu: mapValues(timed, ({ cpu }) => cpu),
    times: {
      ...mapValues(timed, ({ ms }) => ms),
      ...parts,
      orchestration: total,
      oneProcess: parts.untilFirstStage - start.ms,
      npm: npm.ms - timed.exec.ms,
      rawUp: chain.up,
      rawLook: chain.look,
      rawPush: chain.push,
      rawDown: chain.down,
      rawExec: rawExec.ms,
      rawKubectl: rawKubectl.ms,
    },
  };
}

async function measureSampled(bench: BenchLab, { sampleAll }: RoundOptions) {
  const { how } = bench;
  const up = await runSampled(k3sLab("up", "--json"), how, samplingOfUp);
  await settle(bench);
  const words = wordsOf(bench);
  const short: Partial<Record<CommandId, SampledRun>> = {};
  for (const id of sampleAll ? shortCommands : []) {
    short[id] = await runSampled(k3sLab(...words[id]), how, samplingOfOthers);
  }
  const down = await runTimed(k3sLab("down"), how);
  if (sampleAll) {
    await runTimed(k3sLab("up"), how);
    await settle(bench);
    short.down = await runSampled(k3sLab("down"), how, samplingOfOthers);
  }
  return { samples: { ...short, up }, down };
}

async function measureFive({ lab, nodes, how }: BenchLab) {
  const up = await runTimed(k3sLab("up", "--json"), how);
  return { up, machines: machineCpu(lab.id, nodes) };
}

/** The words of each short command. */
function wordsOf({ lab, nodes: [server = ""] }: BenchLab) {
  const push = ["push", pauseImage(lab).ours, "--name", "bench:1"];
  return {
    plan: ["plan"],
    again: ["up"],
    status: ["status"],
    exec: ["exec", server, "true"],
    kubectl: ["kubectl", "get", "nodes"],
    push,
    unchanged: push,
  } as const;
}

function mapValues<Key extends string, From, To>(of: Readonly<Record<Key, From>>, map: (value: From) => To) {
  return Object.fromEntries(Object.entries<From>(of).map(([key, value]) => [key, map(value)])) as Record<Key, To>;
}
