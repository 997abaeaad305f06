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

test("several servers have one each, all with the images of a folder of the host, at their own port", () => {
  const servers = ["multi", "server2", "server3"];
  const [each, inCluster] = renderRegistry("registry:3", { node: "multi", port: 5001, servers });
  const { replicas, template } = each.spec as typeof spec & { readonly replicas: number };
  const { spec: one } = template;
  assert.is(replicas, 3);
  assert.is(one.nodeSelector, undefined);
  assert.match(JSON.stringify(one.affinity), '"operator":"In","values":["multi","server2","server3"]');
  assert.equal(one.containers[0].ports, [{ name: "registry", containerPort: 5000, hostPort: 5001, protocol: "TCP" }]);
  assert.match(JSON.stringify(one.volumes), '"/var/lib/k3s-lab/registry"');
  assert.match(
    JSON.stringify(one.tolerations),
    '"node.kubernetes.io/unreachable","operator":"Exists","effect":"NoExecute"',
  );
  assert.is(
    (inCluster.spec as { type: string }).type,
    "ClusterIP",
    "a load balancer would have the same port of the node",
  );
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
