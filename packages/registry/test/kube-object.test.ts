import { suite } from "uvu";
import * as assert from "uvu/assert";
import { covers, nameOf, pathOf } from "../src/kube-object.js";

const test = suite("registry kube-object");

test("what is wanted may have company, but no list more than asked for", () => {
  assert.ok(covers({ a: 1, b: { c: [1, 2] }, status: {} }, { a: 1, b: { c: [1, 2] } }));
  assert.ok(covers([{ port: 5000, nodePort: 31000 }], [{ port: 5000 }]));
  assert.not(covers([{ port: 5000 }, { port: 5001 }], [{ port: 5000 }]));
  assert.not(covers({ a: 1 }, { a: "1" }));
  assert.not(covers({}, { a: null }));
  assert.not(covers(undefined, { a: 1 }));
  assert.not(covers("text", { a: 1 }));
  assert.not(covers({ 0: 1, length: 1 }, [1]));
});

test("objects have names, and places in the API", () => {
  const metadata = { name: "kube-registry", namespace: "kube-system" };
  assert.is(nameOf({ apiVersion: "v1", kind: "Service", metadata }), "Service kube-system/kube-registry");
  const path = "namespaces/kube-system";
  assert.is(pathOf({ apiVersion: "v1", kind: "Service", metadata }), `/api/v1/${path}/services/kube-registry`);
  const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata };
  assert.is(pathOf(deployment), `/apis/apps/v1/${path}/deployments/kube-registry`);
});

test.run();
