import { suite } from "uvu";
import * as assert from "uvu/assert";
import { renderRegistry, renderSecret } from "../src/manifest.js";

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

interface Secured {
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
      readonly spec: {
        readonly containers: readonly {
          readonly env: readonly { readonly name: string; readonly value: string }[];
          readonly livenessProbe: { readonly httpGet: object };
        }[];
        readonly volumes: readonly object[];
      };
    };
  };
}

const login = { username: "lab", password: "of the lab", hash: "$2b$04$hash", from: "lab" as const };
const keys = { login, server: { certificate: "its certificate", key: "its key" } };

test("a registry that is secured reads its password and certificate from a Secret, and is probed where everybody is answered", () => {
  const security = { tls: true, auth: true, keys };
  const [object] = renderRegistry("registry:3", { node: "multi", port: 5001, ...security });
  const { template } = (object as unknown as Secured).spec;
  const [container] = template.spec.containers;
  const variables = Object.fromEntries(container?.env.map(({ name, value }) => [name, value]) ?? []);
  assert.is(variables.REGISTRY_AUTH, "htpasswd");
  assert.is(variables.REGISTRY_HTTP_TLS_KEY, "/etc/k3s-lab-registry/tls.key");
  assert.equal(container?.livenessProbe.httpGet, { path: "/", port: 5000, scheme: "HTTPS" });
  assert.equal(template.spec.volumes.at(-1), {
    name: "keys",
    secret: { secretName: "kube-registry", defaultMode: 0o400 },
  });
  const secret = renderSecret(security);
  assert.is(Buffer.from(secret?.data.htpasswd ?? "", "base64").toString(), "lab:$2b$04$hash\n");
  const text = JSON.stringify([object, secret]);
  for (const each of [login.password, keys.server.key, login.hash]) assert.not.match(JSON.stringify(object), each);
  assert.not.match(text, Buffer.from(login.password).toString("base64"), "the Secret has a hash of it");
});

test("another password takes another pod, and none is in the annotation that does", () => {
  const sum = (hash: string) => {
    const of = { tls: false, auth: true, keys: { login: { ...login, hash } } };
    const [object] = renderRegistry("registry:3", { node: "multi", port: 5001, ...of });
    return (object as unknown as Secured).spec.template.metadata.annotations?.["k3s-lab.local/keys"] ?? "";
  };
  assert.is(sum("one"), sum("one"));
  assert.is.not(sum("one"), sum("other"));
  assert.match(sum("one"), /^[0-9a-f]{16}$/);
});

test.run();
