import { formatKubeconfig, parseKubeconfig } from "../src/kubeconfig.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("kube: kubeconfig");

const ofK3s = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: Q0E=
    server: https://127.0.0.1:6443
  name: default
contexts:
- context:
    cluster: default
    user: default
  name: default
current-context: default
kind: Config
users:
- name: default
  user:
    client-certificate-data: Q0VSVA==
    client-key-data: S0VZ
`;

test("reads what K3s writes", () => {
  const server = "https://127.0.0.1:6443";
  assert.equal(parseKubeconfig(ofK3s), { server, ca: "Q0E=", certificate: "Q0VSVA==", key: "S0VZ" });
});

test("the lab's own has another server and other names, and can be read as well", () => {
  const parsed = parseKubeconfig(ofK3s);
  assert.ok(parsed);
  const wanted = { ...parsed, server: "https://10.76.0.10:6443" };
  const own = formatKubeconfig("my-lab", wanted);
  assert.match(own, "server: https://10.76.0.10:6443\n");
  assert.match(own, "current-context: my-lab\n");
  assert.not.match(own, "default");
  assert.equal(parseKubeconfig(own), wanted);
});

test("the lab's own names all servers, and kubectl is told of the first alone", () => {
  const parsed = parseKubeconfig(ofK3s);
  assert.ok(parsed);
  const wanted = { ...parsed, others: ["https://10.76.0.11:6443", "https://10.76.0.12:6443"] };
  const own = formatKubeconfig("my-lab", wanted);
  assert.equal(parseKubeconfig(own), wanted);
  assert.is(own.match(/server: /g)?.length, 1);
  assert.is(formatKubeconfig("my-lab", { ...wanted, others: [] }), formatKubeconfig("my-lab", parsed));
  assert.equal(parseKubeconfig(own.replace("name: k3s-lab", "name: other")), parsed, "what others have written there");
});

test("a certificate stays on one line, however long it is", () => {
  const long = "A".repeat(2000);
  const own = formatKubeconfig("lab", { server: "https://10.76.0.10:6443", ca: long, certificate: long, key: long });
  assert.match(own, `client-key-data: ${long}\n`);
});

test("without a key there is nothing to reach a cluster with", () => {
  assert.is(parseKubeconfig(ofK3s.replace(/.*client-key-data.*\n/, "")), undefined);
  assert.is(parseKubeconfig(ofK3s.replace(/.*server: .*\n/, "")), undefined);
  assert.is(parseKubeconfig(""), undefined);
  assert.is(parseKubeconfig("not: [yaml"), undefined);
});

test.run();
