import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ClusterObjects } from "../src/cluster-objects.js";
import { importStep } from "../src/import.js";
import { renderRegistry } from "../src/manifest.js";
import { Registry } from "../src/registry.js";
import { FakeApi } from "./fake-api.js";
import { FakeNodes } from "./fake-nodes.js";
import { actionsOf, contextWith } from "./plan.js";

const test = suite("registry import");
const registry = new Registry({ node: "multi", address: "10.76.0.10", port: 5000 });
const image = "docker.io/library/registry:3";
const [deployment] = renderRegistry({ image, port: 5000, node: "multi" });

function given(api: FakeApi, nodes: FakeNodes) {
  return importStep(
    registry,
    { image, archive: "/cache/r.tar", deployment },
    new ClusterObjects(api, [deployment]),
    nodes,
  );
}

test("hands the archive over, imports it into the CRI's namespace, and cleans up", async () => {
  const nodes = new FakeNodes((command) => (command.includes("inspecti") ? 1 : 0));
  const step = given(new FakeApi(), nodes);
  const [action] = await actionsOf(step);
  assert.is(action?.sentence, `multi: import ${image}`);
  await action?.run(contextWith());
  assert.equal(nodes.commands, [
    `multi: /usr/local/bin/k3s crictl inspecti ${image}`,
    "multi: copy /cache/r.tar /var/tmp/k3s-lab-registry-image.tar",
    "multi: /usr/local/bin/k3s ctr --namespace k8s.io images import /var/tmp/k3s-lab-registry-image.tar",
    "multi: rm -f /var/tmp/k3s-lab-registry-image.tar",
  ]);
});

test("where it runs, nothing is started to see that it is there", async () => {
  const api = new FakeApi();
  await api.apply(deployment);
  const nodes = new FakeNodes(() => 1);
  const step = given(api, nodes);
  assert.equal(await actionsOf(step), []);
  assert.equal(nodes.commands, []);
});

test("another image that runs says nothing of this one", async () => {
  const api = new FakeApi();
  await api.apply(renderRegistry({ image: "registry:2", port: 5000, node: "multi" })[0]);
  const step = given(api, new FakeNodes(() => 1));
  assert.is((await actionsOf(step)).length, 1);
});

test("an archive that cannot be imported is named, and does not stay", async () => {
  const nodes = new FakeNodes((command) => (/inspecti|import/.test(command) ? 1 : 0));
  const step = given(new FakeApi(), nodes);
  const [action] = await actionsOf(step);
  const error = await action?.run(contextWith()).catch((reason: unknown) => reason);
  assert.match(String(error), "multi: cannot import /cache/r.tar. Remove /cache/r.tar, then run the command again.");
  assert.match(nodes.commands.at(-1) ?? "", "rm -f");
});

test.run();
