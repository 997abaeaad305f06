import {
  labelKeyPattern,
  labelValuePattern,
  letsLabIn,
  ownerOfLabel,
  ownerOfTaint,
  parseTaint,
  taintFault,
  taintPattern,
} from "../src/node-labels.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("lab node-labels");

const long = (length: number) => "a".repeat(length);

test("keys are what Kubernetes takes as a qualified name", () => {
  const right = ["tier", "T1", "a.b_c-d", "example.com/tier", "node-role.kubernetes.io/worker", "1", long(63)];
  for (const key of [...right, `${long(253)}/${long(63)}`]) assert.ok(labelKeyPattern.test(key), key);
  const wrong = [
    "",
    "-a",
    "a-",
    "a b",
    "/a",
    "a/",
    "a/b/c",
    "Example.com/a",
    "exa_mple.com/a",
    "a..b/c",
    "ä",
    long(64),
  ];
  for (const key of [...wrong, `${long(254)}/a`, "a\n"]) assert.not.ok(labelKeyPattern.test(key), key);
});

test("values may be empty, and have no prefix", () => {
  for (const value of ["", "db", "v1.2_3-X", "0", long(63)]) assert.ok(labelValuePattern.test(value), value);
  for (const value of [" ", "a/b", "-", "a=", "a,b", long(64)]) assert.not.ok(labelValuePattern.test(value), value);
});

test("taints are read as kubectl writes them", () => {
  assert.equal(parseTaint("gpu=true:NoSchedule"), { key: "gpu", value: "true", effect: "NoSchedule" });
  assert.equal(parseTaint("example.com/gpu:NoExecute"), { key: "example.com/gpu", effect: "NoExecute" });
  assert.equal(parseTaint("gpu=:PreferNoSchedule"), { key: "gpu", effect: "PreferNoSchedule" });
  const wrong = [
    "gpu",
    "gpu=true",
    "gpu=true:",
    "gpu=true:noschedule",
    "=true:NoSchedule",
    "gpu:NoSchedule-",
    "a=b=c:NoExecute",
  ];
  for (const taint of wrong) {
    assert.not.ok(taintPattern.test(taint), taint);
    assert.throws(() => parseTaint(taint), /no taint/);
  }
});

test("an effect that is nearly right is named", () => {
  assert.match(taintFault("gpu=true:NoSchedul"), "did you mean NoSchedule?");
  assert.match(
    taintFault("gpu=true"),
    "must be key=value:Effect or key:Effect, with NoSchedule, PreferNoSchedule or NoExecute",
  );
});

test("labels that Kubernetes, K3s or the lab sets have an owner, and no others", () => {
  const owned = [
    "k3s-lab",
    "kubernetes.io/hostname",
    "beta.kubernetes.io/arch",
    "node-role.kubernetes.io/control-plane",
    "node.kubernetes.io/instance-type",
    "svccontroller.k3s.cattle.io/enablelb",
  ];
  for (const key of owned) assert.type(ownerOfLabel(key), "string", key);
  const free = [
    "tier",
    "node-role.kubernetes.io/worker",
    "topology.kubernetes.io/zone",
    "hostname",
    "beta/kubernetes.io",
  ];
  for (const key of free) assert.is(ownerOfLabel(key), undefined, key);
});

test("taints by which Kubernetes marks a node's state have an owner", () => {
  for (const key of ["node.kubernetes.io/not-ready", "node.cloudprovider.kubernetes.io/uninitialized"])
    assert.type(ownerOfTaint({ key }), "string", key);
  for (const key of ["gpu", "node-role.kubernetes.io/control-plane"]) assert.is(ownerOfTaint({ key }), undefined, key);
});

test("the lab's own pods come in past what they tolerate, and past no other taint", () => {
  const isOpen = (written: string) => letsLabIn(parseTaint(written));
  assert.ok(isOpen("CriticalAddonsOnly=true:NoExecute"));
  assert.ok(isOpen("node-role.kubernetes.io/control-plane:NoSchedule"));
  assert.ok(isOpen("gpu:PreferNoSchedule"));
  assert.not.ok(isOpen("node-role.kubernetes.io/control-plane:NoExecute"));
  assert.not.ok(isOpen("gpu:NoSchedule"));
});

test.run();
