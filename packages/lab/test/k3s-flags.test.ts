import { suite } from "uvu";
import * as assert from "uvu/assert";
import { flagsOf, isToldToAgents, ownerOfFlag } from "../src/k3s-flags.js";

const test = suite("lab k3s-flags");

test("what the lab sets has an owner, and what it does not care about has none", () => {
  assert.is(ownerOfFlag("node-label"), "is set by the lab, expected nodes.labels, which can also be changed later");
  assert.match(ownerOfFlag("token") ?? "", "makes the tokens");
  assert.match(ownerOfFlag("disable-kube-proxy") ?? "", "its guard");
  for (const free of ["kubelet-arg", "kube-apiserver-arg", "debug", "node-external-ip", "tls-san", "constructor"])
    assert.is(ownerOfFlag(free), undefined, free);
});

test("a node's own flags take the place of those of all, and agents get none of a server", () => {
  const all = { "kubelet-arg": ["max-pods=50"], "kube-apiserver-arg": ["v=2"], "etcd-arg": ["x=1"], debug: true };
  assert.equal(flagsOf({ role: "server" }, all), all);
  assert.equal(flagsOf({ role: "agent", k3s: { "kubelet-arg": ["max-pods=20"] } }, all), {
    "kubelet-arg": ["max-pods=20"],
    debug: true,
  });
});

test("agents ask their server for some of its flags", () => {
  assert.equal(["flannel-backend", "kube-apiserver-arg"].map(isToldToAgents), [true, false]);
});

test.run();
