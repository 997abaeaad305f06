import { obstacleOf } from "../src/node.js";
import {
  areContainersRunning,
  describeWait,
  isMarkedUnready,
  isPodReady,
  isYetToBeProbed,
  type Pod,
  waitOf,
} from "../src/pod.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("kube: pod and node");
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

test("a pod whose node alone was not ready is told from one that is not ready itself", () => {
  const conditions = (Ready: string, ContainersReady: string) =>
    Object.entries({ Ready, ContainersReady }).map(([type, status]) => ({ type, status }));
  const marked = pod({ phase: "Running", conditions: conditions("False", "True") });
  assert.ok(isMarkedUnready(marked));
  assert.not.ok(isMarkedUnready(pod({ phase: "Running", conditions: conditions("False", "False") })));
  assert.not.ok(isMarkedUnready(pod({ phase: "Running", conditions: conditions("True", "True") })));
  assert.not.ok(isMarkedUnready(pod(marked.status, { deletionTimestamp: "now" })));
  assert.not.ok(isMarkedUnready({ ...marked, spec: { readinessGates: [{}] } }), "its gate keeps it unready");
});

test("what a pod waits for is worded as Kubernetes words it", () => {
  const words = (status: Pod["status"]) => {
    const wait = waitOf(pod(status));
    return wait && describeWait(wait);
  };
  const waiting = { state: { waiting: { reason: "ImagePullBackOff", message: "Back-off pulling x" } } };
  assert.is(words({ phase: "Pending", containerStatuses: [waiting] }), "ImagePullBackOff: Back-off pulling x");
  const ended = { state: { terminated: { reason: "Error", exitCode: 3 } } };
  assert.is(words({ phase: "Running", containerStatuses: [ended] }), "Error, exit code 3");
  const unscheduled = [{ type: "PodScheduled", status: "False", message: "0/1 nodes are available" }];
  assert.is(words({ phase: "Pending", conditions: unscheduled }), "no node: 0/1 nodes are available");
  assert.is(words({ phase: "Failed", reason: "Evicted", message: "low on memory" }), "Evicted: low on memory");
  assert.is(words({ phase: "Running" }), "not ready");
  assert.is(words(undefined), "Pending");
});

test("what a pod waits for is data: of what kind it is, and whether it gets on by itself", () => {
  const outlook = (status: Pod["status"], metadata = {}) => {
    const { kind, outlook: is } = waitOf(pod(status, metadata)) ?? {};
    return `${kind} ${is}`;
  };
  const container = (reason: string) => ({ containerStatuses: [{ state: { waiting: { reason } } }] });
  assert.equal(
    ["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"].map((each) =>
      outlook(container(each)),
    ),
    ["image retrying", "image stuck", "image stuck", "image stuck"],
  );
  assert.equal(
    ["ContainerCreating", "CreateContainerConfigError", "CrashLoopBackOff"].map((each) => outlook(container(each))),
    ["container passing", "container retrying", "container stuck"],
  );
  assert.is(outlook({ conditions: [{ type: "PodScheduled", status: "False" }] }), "node retrying");
  assert.is(outlook({ phase: "Running" }), "readiness passing");
  assert.is(outlook({ phase: "Running" }, { deletionTimestamp: "now" }), "deletion passing");
});

test("why a node is not Ready", () => {
  const node = (condition: object) => ({
    metadata: { name: "x" },
    status: { conditions: [{ type: "Ready", status: "False", ...condition }] },
  });
  assert.is(obstacleOf(undefined), "is not registered");
  assert.is(obstacleOf({ metadata: { name: "x" } }), "is not Ready: its kubelet has not reported yet");
  assert.is(obstacleOf(node({ message: "cni plugin not initialized" })), "is not Ready: cni plugin not initialized");
  assert.is(obstacleOf(node({ status: "True" })), undefined);
});

test("what a kubelet reported before it was restarted does not count", () => {
  const lastHeartbeatTime = "2026-11-28T10:00:00Z";
  const conditions = [{ type: "Ready", status: "True", lastHeartbeatTime }];
  const node = { metadata: { name: "x" }, status: { conditions } };
  const reported = Date.parse(lastHeartbeatTime) / 1000;
  assert.is(obstacleOf(node, reported + 1), "has not reported since K3s was started on it");
  assert.is(obstacleOf(node, reported), undefined);
  assert.is(obstacleOf(node), undefined);
});

test("a pod that a restarted kubelet has not probed again is told from one that was probed, or has no probe", () => {
  const restart = { startedAt: Date.parse("2026-11-30T06:00:10Z") / 1000, kubeletVersion: "v1.34.4+k3s1" };
  const of = (readiness: string, since: string, startedAt: string, probe: object = { startupProbe: {} }): Pod => ({
    metadata: { name: "a", namespace: "b" },
    spec: { containers: [probe] },
    status: {
      conditions: [{ type: "Ready", status: readiness, lastTransitionTime: since }],
      containerStatuses: [{ state: { running: { startedAt } } }],
    },
  });
  const [before, after] = ["2026-11-30T06:00:00Z", "2026-11-30T06:00:10Z"];
  assert.ok(isYetToBeProbed(of("True", before, before), restart));
  assert.ok(isYetToBeProbed(of("True", before, before, { readinessProbe: {} }), restart));
  for (const other of [
    of("True", after, before),
    of("False", before, before),
    of("True", before, after),
    of("True", before, before, { livenessProbe: {} }),
  ]) {
    assert.not.ok(isYetToBeProbed(other, restart));
  }
  const stale = of("True", before, before);
  assert.ok(isYetToBeProbed(stale, { ...restart, kubeletVersion: undefined }));
  for (const kubeletVersion of ["v1.35.4+k3s1", "v1.36.0+k3s1"]) {
    assert.not.ok(isYetToBeProbed(stale, { ...restart, kubeletVersion }));
  }
});

test("containers run whether they are ready or not, until the pod is deleted", () => {
  const of = (state: object, metadata: object = {}): Pod => ({
    metadata: { name: "a", namespace: "b", ...metadata },
    status: { containerStatuses: [{ ready: false, state }] },
  });
  assert.ok(areContainersRunning(of({ running: {} })));
  assert.not.ok(areContainersRunning(of({ waiting: { reason: "x" } })));
  assert.not.ok(areContainersRunning(of({ running: {} }, { deletionTimestamp: "2026-11-30T06:00:00Z" })));
  assert.not.ok(areContainersRunning({ metadata: { name: "a", namespace: "b" } }));
});

test.run();
