import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ClusterObjects } from "../src/cluster-objects.js";
import { applyStep } from "../src/deploy.js";
import { renderRegistry } from "../src/manifest.js";
import { FakeApi } from "./fake-api.js";

const test = suite("registry deploy");
const { signal } = new AbortController();
const progress = () => {};

test("applies what is missing or different, and nothing after that", async () => {
  const api = new FakeApi();
  const wanted = renderRegistry({ image: "registry:3", port: 5000, node: "multi" });
  const step = applyStep("deploy", "Deploy", new ClusterObjects(api, wanted), wanted, "multi");
  const [action, ...others] = step.plan(await step.observe(signal));
  assert.is(action?.sentence, "multi: apply Deployment kube-system/kube-registry, Service kube-system/kube-registry");
  assert.equal(others, []);
  await action?.run({ signal, progress });
  assert.equal(step.plan(await step.observe(signal)), []);

  const changed = renderRegistry({ image: "registry:3.1", port: 5000, node: "multi" });
  const next = applyStep("deploy", "Deploy", new ClusterObjects(api, changed), changed, "multi");
  const [roll] = next.plan(await next.observe(signal));
  assert.is(roll?.sentence, "multi: apply Deployment kube-system/kube-registry");
});

test.run();
