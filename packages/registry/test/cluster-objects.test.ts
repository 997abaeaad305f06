import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ClusterObjects } from "../src/cluster-objects.js";
import { renderRegistry } from "../src/manifest.js";
import { FakeApi, silentApi } from "./fake-api.js";

const test = suite("registry cluster-objects");
const { signal } = new AbortController();
const [deployment, service] = renderRegistry({ image: "registry:3", port: 5000, node: "multi" });

test("are read once, and what was applied is known without asking", async () => {
  const api = new FakeApi();
  await api.apply(deployment);
  const objects = new ClusterObjects(api, [deployment, service]);
  assert.equal(await objects.lacking([deployment, service], signal), [service]);
  api.calls.length = 0;
  await objects.apply([service], signal);
  assert.equal(await objects.lacking([deployment, service], signal), []);
  assert.equal(api.calls, ["apply Service kube-system/kube-registry"]);
  objects.forget();
  await objects.seen(signal);
  assert.is(api.calls.length, 3);
});

test("nothing is there where no cluster answers", async () => {
  const objects = new ClusterObjects(silentApi, [deployment]);
  assert.equal(await objects.lacking([deployment], signal), [deployment]);
});

test.run();
