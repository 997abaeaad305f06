import type { HostDescription } from "@k3s-lab/testbed";
import type { Measured, RecordedRow } from "../src/benchmark.js";
import type { Round } from "../src/round.js";
import type { Row } from "../src/row.js";

const host: HostDescription = { cpu: "A Processor", cores: 2, memory: 25, kernel: "6.1.0", node: "v20.0.0" };

interface When extends Partial<Omit<Measured, "host">> {
  readonly cores?: number;
}

/** Makes a row one of a record. */
export function recorded(row: Row, { date = "2026-11-29", commit = "abc", cores = 2 }: When = {}): RecordedRow {
  return { ...row, measured: { date, commit, host: { ...host, cores } } };
}

const usage = { node: 1, turbo: 0.5, npm: 0.1, tools: 0.2 };

/** Makes a round whose `up` took so many seconds, and the raw chain so many. */
export function roundOf(up: number, rawUp: number): Round {
  const peak = { node: 120e6, turbo: 30e6, npm: 5e6, tools: 20e6 };
  return {
    k3s: "v1 (modules)",
    times: {
      up: up * 1000,
      rawUp: rawUp * 1000,
      upOfFive: up * 1000 + 3000,
      orchestration: 2000,
      untilFirstStage: 500,
      oneProcess: 350,
      untilFirstMachine: 1000,
      gaps: 600,
      afterLastNode: 400,
      again: 600,
      plan: 550,
      status: 500,
      exec: 200,
      kubectl: 240,
      push: 300,
      unchanged: 190,
      down: 800,
      npm: 250,
      rawLook: 100,
      rawPush: 200,
      rawDown: 400,
      rawExec: 20,
      rawKubectl: 120,
    },
    cpu: { up: 4, again: 0.5, plan: 0.5, status: 0.4, exec: 0.2, kubectl: 0.3, push: 0.3, unchanged: 0.3, down: 1 },
    machines: { multi: 6, agent1: 2, agent2: 2 },
    machinesInRawChain: { multi: 6, agent1: 2, agent2: 3 },
    machinesOfFive: { multi: 7, agent1: 2, agent2: 2, agent3: 2, agent4: 2 },
    samples: { up: { cpu: usage, peak, all: 4.3 } },
  };
}
