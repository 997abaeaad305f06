import type { KubeNode } from "@k3s-lab/kube";
import { carryOut } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { markNodesStep } from "../../src/steps/mark-nodes.js";
import { emptyLab } from "../world.js";

const test = suite("cluster mark-nodes");

const node = (name: string, ready: string): KubeNode => ({
  metadata: { name },
  status: {
    conditions: [
      { type: "MemoryPressure", status: "False" },
      { type: "Ready", status: ready, lastHeartbeatTime: "2026-11-30T10:00:00Z" },
    ],
  },
});

test("nodes that are called Ready are called so no more, with all else that was reported of them", async () => {
  const patched: [string, KubeNode][] = [];
  const api = {
    list: async () => [node("multi", "True"), node("agent1", "True"), node("agent2", "Unknown")],
    patch: async (path: string, fields: object) => void patched.push([path, fields as KubeNode]),
  };
  const step = markNodesStep(await emptyLab(), 1, () => api as never);
  const actions = await carryOut([step], { stage: "cluster", report: () => {} });
  assert.is(actions, 1);
  assert.equal(
    patched.map(([path]) => path),
    ["/api/v1/nodes/multi/status", "/api/v1/nodes/agent1/status"],
  );
  const conditions = patched[0]?.[1].status?.conditions ?? [];
  assert.equal(
    conditions.map(({ type, status, lastHeartbeatTime }) => [type, status, lastHeartbeatTime]),
    [
      ["MemoryPressure", "False", undefined],
      ["Ready", "Unknown", "2026-11-30T10:00:00Z"],
    ],
  );
});

test("a cluster that does not answer, or refuses, is stopped all the same", async () => {
  const refuse = async () => {
    throw new Error("refused");
  };
  const carried = async (api: object | undefined) =>
    carryOut([markNodesStep(await emptyLab(), 1, () => api as never)], { stage: "cluster", report: () => {} });
  assert.is(await carried(undefined), 0);
  assert.is(await carried({ list: refuse }), 0);
  assert.is(await carried({ list: async () => [node("multi", "True")], patch: refuse }), 1);
});

test.run();
