import { suite } from "uvu";
import * as assert from "uvu/assert";
import { renderHosting } from "../src/hosting.js";
import { Registry } from "../src/registry.js";

const test = suite("registry hosting");
const registry = new Registry({ node: "multi", address: "10.76.0.10", port: 5001 });

test("tells each reader the name that it can look up, as KEP-1755 wants it", () => {
  const { metadata, data } = renderHosting(registry, true);
  assert.equal(metadata, { name: "local-registry-hosting", namespace: "kube-public" });
  assert.equal(data, {
    "localRegistryHosting.v1":
      'host: "multi:5001"\n' +
      'hostFromContainerRuntime: "multi:5001"\n' +
      'hostFromClusterNetwork: "kube-registry.kube-system.svc.cluster.local:5001"\n',
  });
});

test("a host that does not know the name gets the address", () => {
  const data = renderHosting(registry, false).data as Record<string, string>;
  assert.match(data["localRegistryHosting.v1"] ?? "", 'host: "10.76.0.10:5001"\n');
});

test.run();
