import { ApiRefused } from "@k3s-lab/kube";
import { Facts } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { applyStep, ClusterObjects, covers } from "../src/cluster-objects.js";
import { renderRegistry } from "../src/manifest.js";
import { FakeApi, noCluster } from "./fake-api.js";
import { actionsOf, contextWith } from "./plan.js";

const test = suite("registry cluster-objects");
const wanted = renderRegistry("registry:3", { node: "multi", port: 5000 });
const [deployment, service] = wanted;
const naming = { id: "deploy", title: "Deploy", server: "multi" };
const deploymentPath = "/apis/apps/v1/namespaces/kube-system/deployments/kube-registry";
const servicePath = "/api/v1/namespaces/kube-system/services/kube-registry";

test("are read once, however many steps ask, and again after an action", async () => {
  const api = new FakeApi();
  api.put(deployment);
  const objects = new ClusterObjects(() => api, wanted);
  const facts = new Facts();
  assert.equal(await objects.lacking(wanted, facts), [service]);
  assert.ok(await objects.isRunning(deployment, facts));
  assert.equal(api.calls, [`find ${deploymentPath}`, `find ${servicePath}`]);
  await objects.apply([service], facts.signal);
  assert.is(api.calls.at(-1), `apply ${servicePath} as k3s-lab`);
  facts.forget();
  assert.equal(await objects.lacking(wanted, facts), []);
  assert.is(api.calls.length, 5);
});

test("where no cluster answers, all are lacking and nothing runs", async () => {
  const objects = new ClusterObjects(noCluster, wanted);
  assert.equal(await objects.lacking(wanted, new Facts()), wanted);
  assert.not(await objects.isRunning(deployment, new Facts()));
});

test("an interruption is not taken for a cluster that does not answer", async () => {
  const objects = new ClusterObjects(noCluster, wanted);
  const error = await objects.seen(new Facts(AbortSignal.abort())).catch((reason: unknown) => reason);
  assert.is((error as Error).name, "AbortError");
});

test("applies what is missing or different, and nothing after that", async () => {
  const api = new FakeApi();
  const step = applyStep(naming, new ClusterObjects(() => api, wanted), wanted);
  const [action, ...others] = await actionsOf(step);
  assert.is(action?.sentence, "multi: apply Deployment kube-system/kube-registry, Service kube-system/kube-registry");
  assert.equal(others, []);
  await action?.run(contextWith());
  assert.equal(api.names, ["Deployment kube-system/kube-registry", "Service kube-system/kube-registry"]);
  assert.equal(await actionsOf(step), []);

  const changed = renderRegistry("registry:3.1", { node: "multi", port: 5000 });
  const next = applyStep(naming, new ClusterObjects(() => api, changed), changed);
  const [roll] = await actionsOf(next);
  assert.is(roll?.sentence, "multi: apply Deployment kube-system/kube-registry");
});

test("what the API holds against an object is reported of that object", async () => {
  const api = new FakeApi();
  api.apply = () =>
    Promise.reject(new ApiRefused("https://10.76.0.10:6443", `PATCH ${deploymentPath}`, 422, "spec.replicas: Invalid"));
  const objects = new ClusterObjects(() => api, wanted);
  const refused = await objects.apply([deployment], new Facts().signal).catch((reason: Error) => reason.message);
  assert.is(
    refused,
    "Deployment kube-system/kube-registry: was refused by the cluster's API: spec.replicas: Invalid. [LAB-REG-006]",
  );
});

test("what is wanted may have company, but a list no more elements than wanted", () => {
  assert.ok(covers({ a: 1, b: { c: [1, 2] }, status: {} }, { a: 1, b: { c: [1, 2] } }));
  assert.ok(covers([{ port: 5000, nodePort: 31000 }], [{ port: 5000 }]));
  assert.not(covers([{ port: 5000 }, { port: 5001 }], [{ port: 5000 }]));
  assert.not(covers({ a: 1 }, { a: "1" }));
  assert.not(covers({}, { a: null }));
  assert.not(covers(undefined, { a: 1 }));
  assert.not(covers("text", { a: 1 }));
  assert.not(covers({ 0: 1, length: 1 }, [1]));
});

test.run();
