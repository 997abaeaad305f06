import { pathOf } from "@k3s-lab/kube";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ClusterObjects } from "../src/cluster-objects.js";
import { renderRegistry } from "../src/manifest.js";
import { Registry } from "../src/registry.js";
import { serveStep } from "../src/serve.js";
import { FakeApi } from "./fake-api.js";
import { actionsOf, contextWith } from "./plan.js";

const test = suite("registry serve");
const nodes = { timeoutFactor: 1 };
const manifest = renderRegistry("registry:3", { node: "multi", port: 5000 });
const [deployment] = manifest;

async function serveHttp() {
  const server = createServer((_, response) => response.end())
    .listen(0, "127.0.0.1")
    .unref();
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { registry: new Registry({ node: "multi", address: "127.0.0.1", port }), close: () => server.close() };
}

test("waits for the pod that was asked for, then for its address", async () => {
  const { registry, close } = await serveHttp();
  const api = new FakeApi();
  api.status = { observedGeneration: 0 };
  api.put(deployment);
  const step = serveStep(registry, manifest, new ClusterObjects(() => api, manifest), { api: () => api, nodes });
  const [action] = await actionsOf(step);
  assert.is(action?.sentence, `multi: wait until ${registry.endpoint}/v2/ answers`);
  const said: string[] = [];
  api.pods = [
    {
      metadata: deployment.metadata,
      status: { containerStatuses: [{ state: { waiting: { reason: "ContainerCreating" } } }] },
    },
  ];
  const running = action?.run(contextWith({ progress: (message) => void said.push(message) }));
  setTimeout(async () => {
    api.status = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 };
    api.put(deployment);
  }, 150);
  await running;
  assert.equal(said, ["kube-registry: ContainerCreating"]);
  assert.equal(await actionsOf(step), []);
  close();
  assert.is((await actionsOf(step)).length, 1, "a pod alone is not enough");
});

test("a registry that serves, and whose Deployment is about to change, will be waited for unless it answers at once", async () => {
  const { registry, close } = await serveHttp();
  const api = new FakeApi();
  api.put(deployment);
  const stepFor = (wanted: typeof manifest) =>
    serveStep(registry, wanted, new ClusterObjects(() => api, wanted), { api: () => api, nodes });
  assert.equal(await actionsOf(stepFor(manifest)), []);
  const planned = await actionsOf(stepFor(renderRegistry("registry:4", { node: "multi", port: 5000 })));
  close();
  assert.equal(
    planned.map(({ sentence, provided }) => [sentence, provided]),
    [[`multi: wait until ${registry.endpoint}/v2/ answers`, "if it does not answer at once"]],
  );
});

test("a pod that a restarted K3s goes on with is not called broken while no Service leads to it", async () => {
  const { registry, close } = await serveHttp();
  const api = new FakeApi();
  const available = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 };
  const sentences = async (state: object, status: object, later = status) => {
    api.pods = [
      {
        metadata: deployment.metadata,
        status: { containerStatuses: [{ ready: false, state }] },
      },
    ];
    api.status = status;
    api.put(deployment);
    setTimeout(() => {
      api.status = later;
      api.put(deployment);
    }, 150);
    const objects = new ClusterObjects(() => api, manifest);
    const step = serveStep(registry, manifest, objects, { api: () => api, nodes: { timeoutFactor: 1 / 40 } });
    const began = performance.now();
    const { length } = await actionsOf(step);
    return { length, waited: performance.now() - began > 100 };
  };
  const marked = { ...available, availableReplicas: 0 };
  const running = { running: {} };
  assert.equal(await sentences(running, marked, available), { length: 0, waited: true });
  assert.equal(await sentences(running, marked), { length: 1, waited: true }, "for some time only");
  const waiting = { waiting: { reason: "ImagePullBackOff" } };
  assert.equal(await sentences(waiting, marked, available), { length: 1, waited: false }, "its containers do not run");
  const replacing = { ...available, updatedReplicas: 0 };
  assert.equal(await sentences(running, replacing), { length: 1, waited: false }, "another one comes");
  close();
});

test("another product's webhook that prevents the pod is named, long before the deadline", async () => {
  const { registry, close } = await serveHttp();
  const api = new FakeApi();
  const message = 'Internal error occurred: failed calling webhook "inject.example": connection refused';
  const conditions = [{ type: "ReplicaFailure", status: "True", message }];
  api.status = { observedGeneration: 1, conditions };
  api.put(deployment);
  const objects = new ClusterObjects(() => api, manifest);
  // The usual 40 s, divided.
  const slow = { timeoutFactor: 1 / 400 };
  const [action] = await actionsOf(serveStep(registry, manifest, objects, { api: () => api, nodes: slow }));
  const said: string[] = [];
  const started = performance.now();
  const running = action?.run(contextWith({ progress: (text) => void said.push(text) }));
  const error = String(await running?.catch((reason: unknown) => reason));
  assert.match(error, `multi: kube-registry: does not run: its pod cannot be created: ${message}`);
  assert.match(error, "get mutatingwebhookconfigurations,validatingwebhookconfigurations");
  assert.equal(said, [`kube-registry: its pod cannot be created: ${message}`]);
  const retries = api.calls.filter((call) => call.startsWith("patch "));
  assert.equal(retries, [`patch ${pathOf(deployment)}`], "its controller is asked to try again");
  assert.ok(performance.now() - started < 400);
  close();
});

test("slow nodes have longer", async () => {
  const { registry, close } = await serveHttp();
  const api = new FakeApi();
  api.status = { observedGeneration: 0 };
  api.put(deployment);
  const seconds = async (timeoutFactor: number) => {
    const objects = new ClusterObjects(() => api, manifest);
    const [action] = await actionsOf(
      serveStep(registry, manifest, objects, { api: () => api, nodes: { timeoutFactor } }),
    );
    const started = performance.now();
    const error = await action?.run(contextWith()).catch((reason: unknown) => reason);
    assert.match(String(error), "does not run");
    return (performance.now() - started) / 1000;
  };
  // The usual 180 s, divided.
  const [short, long] = await Promise.all([seconds(1 / 1800), seconds(1 / 180)]);
  assert.ok(short < 1 && long >= 1, `${short} s, ${long} s`);
  close();
});

test("ends when it is interrupted", async () => {
  const { registry, close } = await serveHttp();
  const api = new FakeApi();
  const step = serveStep(registry, manifest, new ClusterObjects(() => api, manifest), { api: () => api, nodes });
  const interruption = new AbortController();
  const [action] = await actionsOf(step);
  setTimeout(() => interruption.abort(), 50);
  const error = await action?.run(contextWith({ signal: interruption.signal })).catch((reason: unknown) => reason);
  assert.is((error as Error).name, "AbortError");
  close();
});

test("a pod that does not run is reported with its reason, and what to do by the kind of it", async () => {
  const { registry, close } = await serveHttp();
  const api = new FakeApi();
  api.status = { observedGeneration: 0 };
  api.put(deployment);
  const failure = async (reason: string, message: string) => {
    const waiting = { waiting: { reason, message } };
    api.pods = [
      { metadata: { ...deployment.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } },
      { metadata: deployment.metadata, status: { containerStatuses: [{ state: waiting }] } },
    ];
    const objects = new ClusterObjects(() => api, manifest);
    const [action] = await actionsOf(
      serveStep(registry, manifest, objects, { api: () => api, nodes: { timeoutFactor: 0 } }),
    );
    return action?.run(contextWith()).catch((error: Error) => error.message);
  };
  assert.is(
    await failure("ErrImagePull", "no such host"),
    "multi: kube-registry: does not run: ErrImagePull: no such host. Set registry.image in lab.yaml to an image that the " +
      "node can pull, or that K3s' image archives hold. [LAB-REG-009]",
  );
  assert.is(
    await failure("CrashLoopBackOff", "an ImagePull in a message is none"),
    "multi: kube-registry: does not run: CrashLoopBackOff: an ImagePull in a message is none. " +
      "See `npm run kubectl -- describe pod -n kube-system -l app=kube-registry`. [LAB-REG-009]",
  );
  close();
});

test.run();
