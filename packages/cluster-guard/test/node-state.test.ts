import { suite } from "uvu";
import * as assert from "uvu/assert";
import { nodeStates } from "../src/node-state.js";
import { node, pod } from "./objects.js";

const test = suite("cluster-guard node states");

test("a node is done when it is Ready and its pod of this revision is", () => {
  const nodes = [node("old"), node("gone", { ready: false }), node("done"), node("win", { os: "windows" })];
  const states = nodeStates(nodes, [pod("old", { revision: "r0" }), pod("gone"), pod("done"), pod("win")], "r1");
  assert.equal(
    states.map(({ name, isDone, hasImage, pod: of }) => ({ name, isDone, hasImage, of })),
    [
      { name: "done", isDone: true, hasImage: true, of: "k3s-lab-guard-done" },
      { name: "gone", isDone: false, hasImage: true, of: "k3s-lab-guard-gone" },
      { name: "old", isDone: false, hasImage: false, of: undefined },
    ],
  );
});

test("what a pod waits for is told, and whether waiting helps", () => {
  const message = 'Container image "x" is not present with pull policy of Never';
  const [never, pulling, none] = nodeStates(
    [node("a"), node("b"), node("c")],
    [
      pod("a", { ready: false, waiting: { reason: "ErrImageNeverPull", message } }),
      pod("b", { ready: false, waiting: { reason: "ContainerCreating" } }),
    ],
    "r1",
  );
  assert.equal(never?.wait, {
    what: `its pod k3s-lab-guard-a: ErrImageNeverPull: ${message}`,
    isForImage: true,
    isStuck: true,
  });
  assert.is(never?.hasImage, false);
  assert.equal(pulling?.wait, {
    what: "its pod k3s-lab-guard-b: ContainerCreating",
    isForImage: false,
    isStuck: false,
  });
  assert.equal(none?.wait, { what: "it has no pod of the guard yet", isForImage: false, isStuck: false });
});

test("a pod that is being deleted is none", () => {
  const own = pod("a");
  const leaving = { ...own, metadata: { ...own.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } };
  assert.is(nodeStates([node("a")], [leaving], "r1")[0]?.pod, undefined);
});

test.run();
