import { suite } from "uvu";
import * as assert from "uvu/assert";
import { summarizeSamples } from "../src/sample-tree.js";

const test = suite("bench samples");

test("CPU time is that of each process when it was last seen, memory the most at one moment", () => {
  const samples = [
    [
      { pid: 1, group: "node", cpu: 0.1, memory: 50 },
      { pid: 2, group: "node", cpu: 0.2, memory: 40 },
    ],
    [
      { pid: 2, group: "node", cpu: 0.5, memory: 45 },
      { pid: 3, group: "turbo", cpu: 0.25, memory: 10 },
    ],
    [{ pid: 3, group: "turbo", cpu: 0.75, memory: 5 }],
  ] as const;
  assert.equal(summarizeSamples(samples), {
    cpu: { node: 0.6, turbo: 0.75, npm: 0, tools: 0 },
    peak: { node: 90, turbo: 10, npm: 0, tools: 0 },
  });
});

test("a process that has become another program counts as what it is now", () => {
  const samples = [
    [{ pid: 1, group: "npm", cpu: 0.1, memory: 1 }],
    [{ pid: 1, group: "node", cpu: 0.2, memory: 2 }],
  ] as const;
  assert.equal(summarizeSamples(samples).cpu, { node: 0.2, turbo: 0, npm: 0, tools: 0 });
});

test.run();
