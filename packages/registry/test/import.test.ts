import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ClusterObjects } from "../src/cluster-objects.js";
import type { ImageSupply } from "../src/fetch-image.js";
import { importStep } from "../src/import.js";
import { renderRegistry } from "../src/manifest.js";
import { Registry } from "../src/registry.js";
import { FakeApi } from "./fake-api.js";
import { FakeNodes } from "./fake-nodes.js";
import { actionsOf, contextWith } from "./plan.js";

const test = suite("registry import");
const registry = new Registry({ node: "multi", address: "10.76.0.10", port: 5000 });
/** Any file there is. */
const archive = fileURLToPath(import.meta.url);
const image = "docker.io/library/registry:3";
const [deployment] = renderRegistry(image, registry);

function given(api: FakeApi, nodes: FakeNodes, supply: ImageSupply = { isCached: true, by: "host" }, of = image) {
  const world = { nodes, archive, supply: async () => supply };
  return importStep(registry, { image: of, deployment }, new ClusterObjects(() => api, [deployment]), world);
}

test("hands the archive over, imports it into the CRI's namespace, and cleans up", async () => {
  const nodes = new FakeNodes((command) => (command.includes("inspecti") ? 1 : 0));
  const step = given(new FakeApi(), nodes);
  const [action] = await actionsOf(step);
  assert.is(action?.sentence, `multi: import ${image}`);
  await action?.run(contextWith());
  assert.equal(nodes.commands, [
    `multi: /usr/local/bin/k3s crictl inspecti ${image}`,
    `multi: copy ${archive} /var/tmp/k3s-lab-registry-image.tar`,
    "multi: import-archive.sh /var/tmp/k3s-lab-registry-image.tar /usr/local/bin/k3s ctr --namespace k8s.io images import -",
    "multi: rm -f /var/tmp/k3s-lab-registry-image.tar",
  ]);
});

test("an image that lab.yaml pins gets the name that the kubelet asks for", async () => {
  const nodes = new FakeNodes((command) => (command.includes("inspecti") ? 1 : 0));
  const digest = `sha256:${"0a".repeat(32)}`;
  const [action] = await actionsOf(given(new FakeApi(), nodes, undefined, `${image}@${digest}`));
  await action?.run(contextWith());
  const tag = `ctr --namespace k8s.io images tag --force ${image} docker.io/library/registry@${digest}`;
  assert.is(nodes.commands.at(-2), `multi: /usr/local/bin/k3s ${tag}`);
});

test("where it runs, nothing is started to find that out", async () => {
  const api = new FakeApi();
  api.put(deployment);
  const nodes = new FakeNodes(() => 1);
  const step = given(api, nodes);
  assert.equal(await actionsOf(step), []);
  assert.equal(nodes.commands, []);
  api.status = { ...api.status, availableReplicas: 0 };
  api.put(deployment);
  const containerStatuses = [{ ready: false, state: { running: {} } }];
  api.pods = [{ metadata: { name: "p", namespace: "kube-system" }, status: { containerStatuses } }];
  assert.equal(await actionsOf(step), [], "K3s was restarted, and its pod goes on");
  assert.equal(nodes.commands, []);
});

test("where K3s brings it or its node pulls it, the node is not asked", async () => {
  const nodes = new FakeNodes(() => 1);
  for (const supply of [
    { isCached: true, by: "k3s" },
    { isCached: false, by: "k3s" },
    { isCached: false, by: "node" },
  ] as const) {
    assert.equal(await actionsOf(given(new FakeApi(), nodes, supply)), []);
  }
  assert.equal(nodes.commands, []);
});

test("another image that runs tells nothing about this one", async () => {
  const api = new FakeApi();
  api.put(renderRegistry("registry:2", registry)[0]);
  const step = given(api, new FakeNodes(() => 1));
  assert.is((await actionsOf(step)).length, 1);
});

test("an archive that cannot be imported is named, and does not stay", async () => {
  const nodes = new FakeNodes((command) => (/inspecti|import/.test(command) ? 1 : 0));
  const step = given(new FakeApi(), nodes);
  const [action] = await actionsOf(step);
  const error = await action?.run(contextWith()).catch((reason: unknown) => reason);
  assert.match(String(error), `multi: cannot import ${archive}. Remove ${archive}, then run the command again.`);
  assert.match(nodes.commands.at(-1) ?? "", "rm -f");
});

test("what a plan cannot know yet is foreseen with its condition", async () => {
  const planned = async (supply: ImageSupply) =>
    (await actionsOf(given(new FakeApi(), new FakeNodes(() => 1), supply))).map(({ sentence, provided }) => [
      sentence,
      provided,
    ]);
  const sentence = `multi: import ${image}`;
  assert.equal(await planned({ isCached: true, by: "host" }), [[sentence, undefined]]);
  assert.equal(await planned({ isCached: false, by: "host" }), [[sentence, "if the host can fetch it"]]);
  assert.equal(await planned({ isCached: true, by: undefined }), [[sentence, "if K3s does not bring it"]]);
  assert.equal(await planned({ isCached: false, by: undefined }), [[sentence, "if K3s does not bring it"]]);
  assert.equal(await planned({ isCached: true, by: "node" }), [[sentence, undefined]], "of an earlier fetch");
});

test("an image that could not be fetched is left to its node", async () => {
  const nodes = new FakeNodes(() => 1);
  const [action] = await actionsOf(given(new FakeApi(), nodes, { isCached: false, by: "host" }));
  assert.ok(action?.unobservable);
  const notes: string[] = [];
  await action?.run({ ...contextWith(), note: (message) => void notes.push(message) });
  assert.equal(notes, [`multi will pull ${image}`]);
  assert.is(nodes.commands.length, 1, "nothing but the look");
});

test.run();
