import { obstacleOf } from "../src/kube-node.js";
import { isPodReady, type Pod, waitOf } from "../src/pod.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster pod");
const pod = (status: Pod["status"], metadata = {}): Pod => ({
  metadata: { name: "p", namespace: "n", ...metadata },
  ...(status === undefined ? {} : { status }),
});
const ready = [{ type: "Ready", status: "True" }];

test("a pod that works, or has done its work, waits for nothing", () => {
  assert.ok(isPodReady(pod({ phase: "Running", conditions: ready })));
  assert.is(waitOf(pod({ phase: "Running", conditions: ready })), undefined);
  assert.is(waitOf(pod({ phase: "Succeeded" })), undefined);
  assert.not.ok(isPodReady(pod({ phase: "Running", conditions: ready }, { deletionTimestamp: "now" })));
});

test("what a pod waits for is said in Kubernetes' own words", () => {
  const waiting = { state: { waiting: { reason: "ImagePullBackOff", message: "Back-off pulling x" } } };
  assert.is(waitOf(pod({ phase: "Pending", containerStatuses: [waiting] })), "ImagePullBackOff: Back-off pulling x");
  const ended = { state: { terminated: { reason: "Error", exitCode: 3 } } };
  assert.is(waitOf(pod({ phase: "Running", containerStatuses: [ended] })), "Error, exit code 3");
  const unscheduled = [{ type: "PodScheduled", status: "False", message: "0/1 nodes are available" }];
  assert.is(waitOf(pod({ phase: "Pending", conditions: unscheduled })), "no node: 0/1 nodes are available");
  assert.is(waitOf(pod({ phase: "Failed", reason: "Evicted", message: "low on memory" })), "Evicted: low on memory");
  assert.is(waitOf(pod({ phase: "Running" })), "not ready");
  assert.is(waitOf(pod(undefined)), "Pending");
});

test("why a node is not Ready", () => {
  const node = (condition: object) => ({
    metadata: { name: "x" },
    status: { conditions: [{ type: "Ready", status: "False", ...condition }] },
  });
  assert.is(obstacleOf(undefined), "is not registered");
  assert.is(obstacleOf({ metadata: { name: "x" } }), "is not Ready: its kubelet has said nothing yet");
  assert.is(obstacleOf(node({ message: "cni plugin not initialized" })), "is not Ready: cni plugin not initialized");
  assert.is(obstacleOf(node({ status: "True" })), undefined);
});

test.run();
