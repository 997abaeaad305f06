import type { ProcessGroup } from "./process-group.js";
import { lookAtTree, type Seen } from "./process-tree.js";

type ByGroup = Readonly<Record<ProcessGroup, number>>;

/** What samples of a tree of processes have shown. */
export interface Sampled {
  /** CPU seconds, as each process was last seen. */
  readonly cpu: ByGroup;
  /** The most memory that a group had in one sample: bytes of PSS. */
  readonly peak: ByGroup;
}

/** The samples of a run that has ended. */
export interface SampledRun extends Sampled {
  /** CPU seconds of all that the command has started and waited for: more than what samples have shown. */
  readonly all: number;
}

/** Samples what this process has started, every so many milliseconds, until it is stopped. */
export function sampleTree(every: number): { stop(): Sampled } {
  const samples: (readonly Seen[])[] = [];
  const timer = setInterval(() => samples.push(lookAtTree()), every);
  return {
    stop() {
      clearInterval(timer);
      return summarizeSamples(samples);
    },
  };
}

/** Adds up by group: of each process its last CPU time, of each sample its memory. */
export function summarizeSamples(samples: readonly (readonly Seen[])[]): Sampled {
  const last = new Map(samples.flat().map((seen) => [seen.pid, seen]));
  const peak = { ...nothing };
  for (const sample of samples) {
    const memory = sumBy(sample, "memory");
    for (const group of groups) peak[group] = Math.max(peak[group], memory[group]);
  }
  return { cpu: sumBy([...last.values()], "cpu"), peak };
}

const nothing: ByGroup = { node: 0, turbo: 0, npm: 0, tools: 0 };
const groups: readonly ProcessGroup[] = ["node", "turbo", "npm", "tools"];

function sumBy(sample: readonly Seen[], key: "cpu" | "memory"): ByGroup {
  const sums = { ...nothing };
  for (const seen of sample) sums[seen.group] += seen[key];
  return sums;
}
