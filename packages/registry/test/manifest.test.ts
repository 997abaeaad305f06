import { suite } from "uvu";
import * as assert from "uvu/assert";
import { renderRegistry } from "../src/manifest.js";

const test = suite("registry manifest");
const [deployment, service] = renderRegistry("registry:3", { node: "multi", port: 5001 });
const { spec } = deployment as unknown as {
  spec: { strategy: object; template: { spec: Record<string, unknown> & { containers: [Record<string, unknown>] } } };
};
const pod = spec.template.spec;

test("keeps the seed's names", () => {
  for (const { metadata } of [deployment, service]) {
    assert.is(`${metadata.namespace}/${metadata.name}`, "kube-system/kube-registry");
  }
  assert.equal(service.metadata.labels, { app: "kube-registry", "kubernetes.io/name": "KubeRegistry" });
});

test("a pod that is replaced finds its images, and never shares them with the one before", () => {
  assert.equal(pod.nodeSelector, { "kubernetes.io/hostname": "multi" });
  assert.equal(pod.volumes, [
    { name: "image-store", hostPath: { path: "/var/lib/rancher/k3s-lab-registry", type: "DirectoryOrCreate" } },
  ]);
  assert.equal(pod.containers[0].volumeMounts, [{ name: "image-store", mountPath: "/var/lib/registry" }]);
  assert.equal(spec.strategy, { type: "Recreate" });
});

test("the port of lab.yaml is the Service's; the pod's stays", () => {
  assert.equal(service.spec, {
    type: "LoadBalancer",
    selector: { app: "kube-registry" },
    ports: [{ name: "registry", port: 5001, targetPort: 5000, protocol: "TCP" }],
  });
});

test("has the image that was asked for, and the seed's memory limit", () => {
  const [{ image, resources }] = pod.containers;
  assert.is(image, "registry:3");
  assert.equal(resources, { requests: { cpu: "100m" }, limits: { memory: "200Mi" } });
});

test.run();
