import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ClusterObjects } from "../src/cluster-objects.js";
import { applyStep } from "../src/deploy.js";
import { renderRegistry } from "../src/manifest.js";
import { FakeApi } from "./fake-api.js";
import { actionsOf, contextWith } from "./plan.js";

const test = suite("registry deploy");

test("applies what is missing or different, and nothing after that", async () => {
  const api = new FakeApi();
  const wanted = renderRegistry({ image: "registry:3", port: 5000, node: "multi" });
  const step = applyStep("deploy", "Deploy", new ClusterObjects(api, wanted), wanted, "multi");
  const [action, ...others] = await actionsOf(step);
  assert.is(action?.sentence, "multi: apply Deployment kube-system/kube-registry, Service kube-system/kube-registry");
  assert.equal(others, []);
  await action?.run(contextWith());
  assert.equal(await actionsOf(step), []);

  const changed = renderRegistry({ image: "registry:3.1", port: 5000, node: "multi" });
  const next = applyStep("deploy", "Deploy", new ClusterObjects(api, changed), changed, "multi");
  const [roll] = await actionsOf(next);
  assert.is(roll?.sentence, "multi: apply Deployment kube-system/kube-registry");
});

test.run();
