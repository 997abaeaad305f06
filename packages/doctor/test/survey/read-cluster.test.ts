import type { Pod } from "@k3s-lab/kube";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { podSeen } from "../../src/survey/read-cluster.js";

const test = suite("doctor: read the cluster");

const made = "2026-01-01T00:00:00Z";
const pod = (status: Pod["status"]): Pod => ({
  metadata: { name: "p", namespace: "n", creationTimestamp: made },
  ...(status === undefined ? {} : { status }),
});
const waitsFor = (status: Pod["status"], seconds: number) =>
  podSeen(pod(status), Date.parse(made) + seconds * 1000).waitsFor;
const waiting = (reason: string) => ({ containerStatuses: [{ state: { waiting: { reason } } }] });

test("a pod that was made just now may be starting, and no longer than a minute", () => {
  assert.is(waitsFor({ phase: "Running" }, 30), undefined);
  assert.is(waitsFor({ phase: "Running" }, 90), "not ready");
  assert.is(waitsFor(waiting("ContainerCreating"), 30), undefined);
  assert.is(waitsFor(waiting("ImagePullBackOff"), 1), "ImagePullBackOff", "which does not pass by itself");
});

test.run();
