import { credentialsIn, labKubeconfig, serverIn } from "../src/kubeconfig.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster kubeconfig");

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
  assert.equal(credentialsIn(ofK3s), { ca: "Q0E=", certificate: "Q0VSVA==", key: "S0VZ" });
});

test("the lab's own has another server and other names, and can be read as well", () => {
  const credentials = credentialsIn(ofK3s);
  assert.ok(credentials);
  const own = labKubeconfig("my-lab", "https://10.76.0.10:6443", credentials);
  assert.match(own, "server: https://10.76.0.10:6443\n");
  assert.match(own, "current-context: my-lab\n");
  assert.not.match(own, "default");
  assert.equal(credentialsIn(own), credentials);
  assert.equal([ofK3s, own].map(serverIn), ["https://127.0.0.1:6443", "https://10.76.0.10:6443"]);
});

test("without a key there is nothing to reach a cluster with", () => {
  assert.is(credentialsIn(ofK3s.replace(/.*client-key-data.*\n/, "")), undefined);
  assert.is(credentialsIn(""), undefined);
});

test.run();
