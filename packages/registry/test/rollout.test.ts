import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { KubeObject } from "../src/kube-object.js";
import { isRolledOut, waitingFor } from "../src/rollout.js";

const test = suite("registry rollout");
const metadata = { name: "kube-registry", namespace: "kube-system", generation: 2 };
const deployment = (status: object): KubeObject => ({ apiVersion: "apps/v1", kind: "Deployment", metadata, status });
const one = { observedGeneration: 2, replicas: 1, updatedReplicas: 1, availableReplicas: 1 };
const pod = (status: object, more: object = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { ...metadata, ...more },
  status,
});

test("is done when the one pod is of the last generation and available", () => {
  assert.ok(isRolledOut(deployment(one)));
  assert.not(isRolledOut(undefined));
  assert.not(isRolledOut(deployment({})));
  assert.not(isRolledOut(deployment({ ...one, observedGeneration: 1 })), "the controller has not seen it yet");
  assert.not(isRolledOut(deployment({ ...one, updatedReplicas: 0 })), "an older pod");
  assert.not(isRolledOut(deployment({ ...one, replicas: 2 })));
  assert.not(isRolledOut(deployment({ ...one, availableReplicas: 0 })));
});

test("says what a pod waits for, and whether that will pass", () => {
  const waiting = (reason: string, message?: string) =>
    pod({ containerStatuses: [{ state: { waiting: { reason, message } } }] });
  assert.equal(waitingFor([waiting("ContainerCreating")]), { what: "ContainerCreating", stuck: false });
  assert.equal(waitingFor([waiting("ImagePullBackOff", "no such host")]), {
    what: "ImagePullBackOff: no such host",
    stuck: true,
  });
  const ended = pod({ containerStatuses: [{ state: { terminated: { reason: "OOMKilled", exitCode: 137 } } }] });
  assert.equal(waitingFor([ended]), { what: "OOMKilled, exit code 137", stuck: true });
  const homeless = pod({ conditions: [{ type: "PodScheduled", status: "False", message: "0/3 nodes" }] });
  assert.equal(waitingFor([homeless]), { what: "has no node: 0/3 nodes", stuck: true });
  assert.is(waitingFor([pod({ containerStatuses: [{ state: { running: {} } }] })]), undefined);
  assert.is(waitingFor([]), undefined);
});

test("a pod on its way out is no obstacle", () => {
  const leaving = pod(
    { containerStatuses: [{ state: { terminated: {} } }] },
    { deletionTimestamp: "2026-01-01T00:00:00Z" },
  );
  assert.is(waitingFor([leaving]), undefined);
});

test.run();
