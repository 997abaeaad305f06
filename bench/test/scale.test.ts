import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { machineMemory } from "../src/machine-memory.js";
import { isPart } from "../src/row.js";
import { agentsIn, rowsOf, type Scaled } from "../src/scale.js";

const test = suite("bench scale");

const scaled = (up: number, memory: readonly number[]): Scaled => ({
  agents: memory.length - 1,
  k3s: "v1 (modules)",
  up,
  again: 0.5,
  cpuOfUp: 2,
  cpuOfMachines: [6, 3, 5],
  cpuAtRest: [4, 1, 2],
  memory,
});

test("the labs of one size become rows that are kept beside the table", () => {
  const rows = rowsOf([scaled(10, [900e6, 200e6, 300e6]), scaled(12, [700e6, 200e6, 200e6])]);
  assert.equal(
    rows.map(({ id, what, value }) => [id, what, value.median]),
    [
      ["scale-2", "up, 2 agents", 11],
      ["scale-2-again", "up, 2 agents, nothing to do", 0.5],
      ["scale-2-rest", "a minute at rest, 2 agents: CPU seconds of all nodes", 7],
    ],
  );
  assert.equal(rows[0]?.memory, { server: 800, "each agent": 225, "all nodes": 1250 });
  assert.equal(rows[0]?.cpu, { "all of the command": 2, server: 6, "each agent": 4, "all nodes": 14 });
  assert.ok(rows.every(isPart));
  assert.not.ok(isPart({ id: "up" }));
  assert.equal(rowsOf([]), []);
});

test("a server alone has no agents to tell of", () => {
  assert.equal(rowsOf([scaled(10, [900e6])])[0]?.memory, { server: 900 });
});

test("numbers of agents are read, and what is none is refused", () => {
  assert.equal(agentsIn("bench", "1,3,10"), [1, 3, 10]);
  for (const bad of ["", "x", "1,", "1.5", "-1", "1000"]) {
    assert.throws(() => agentsIn("bench", bad), /--agents is/);
  }
});

test("a machine's memory is that of its processes, also of those in the cgroups of its pods", () => {
  const mount = mkdtempSync(join(tmpdir(), "k3s-lab-cgroups-"));
  try {
    for (const [folder, processes] of [
      ["multi", "1\n"],
      ["multi/kubepods/pod1", "2\n3\n"],
      ["agent1", ""],
    ] as const) {
      mkdirSync(join(mount, "k3s-lab-abc123", folder), { recursive: true });
      writeFileSync(join(mount, "k3s-lab-abc123", folder, "cgroup.procs"), processes);
    }
    const seen = machineMemory("abc123", ["multi", "agent1", "gone"], ["/nowhere", mount], (pid) => pid * 10);
    assert.equal(seen, { multi: 60, agent1: 0 });
    assert.equal(machineMemory("other", ["multi"], [mount]), {});
  } finally {
    rmSync(mount, { recursive: true });
  }
});

test.run();
