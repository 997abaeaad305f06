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
const manifest = renderRegistry({ image: "registry:3", port: 5000, node: "multi" });
const [deployment, service] = manifest;

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
  await api.apply(deployment);
  const step = serveStep(registry, manifest, new ClusterObjects(api, [deployment, service]), { api, nodes });
  const [action] = await actionsOf(step);
  assert.is(action?.sentence, `multi: wait until ${registry.endpoint}/v2/ answers`);
  const said: string[] = [];
  api.podList = [
    {
      ...deployment,
      kind: "Pod",
      status: { containerStatuses: [{ state: { waiting: { reason: "ContainerCreating" } } }] },
    },
  ];
  const running = action?.run(contextWith({ progress: (message) => void said.push(message) }));
  setTimeout(async () => {
    api.status = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 };
    await api.apply(deployment);
  }, 150);
  await running;
  assert.equal(said, ["kube-registry: ContainerCreating"]);
  assert.equal(await actionsOf(step), []);
  close();
  assert.is((await actionsOf(step)).length, 1, "a pod alone is not enough");
});

test("slow nodes have longer", async () => {
  const { registry, close } = await serveHttp();
  const api = new FakeApi();
  api.status = { observedGeneration: 0 };
  await api.apply(deployment);
  const seconds = async (timeoutFactor: number) => {
    const objects = new ClusterObjects(api, [deployment, service]);
    const [action] = await actionsOf(serveStep(registry, manifest, objects, { api, nodes: { timeoutFactor } }));
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
  const step = serveStep(registry, manifest, new ClusterObjects(api, [deployment, service]), { api, nodes });
  const interruption = new AbortController();
  const [action] = await actionsOf(step);
  setTimeout(() => interruption.abort(), 50);
  const error = await action?.run(contextWith({ signal: interruption.signal })).catch((reason: unknown) => reason);
  assert.is((error as Error).name, "AbortError");
  close();
});

test.run();
