import { k3sConfig } from "../../src/config/k3s-config.js";
import { agent1, multi, desired } from "../world.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster k3s-config");

test("a server names its addresses, ranges and token files, and never its bind address", () => {
  assert.is(
    k3sConfig(desired(multi, { disable: ["traefik"] })),
    `# Written by k3s-lab; the next lab:up writes it again. Own settings go into config.yaml.d/.
node-name: "multi"
node-label:
  - "k3s-lab=a1b2c3"
node-ip: "10.76.0.10"
flannel-iface: "eth0"
resolv-conf: "/etc/resolv.conf"
advertise-address: "10.76.0.10"
tls-san:
  - "multi"
  - "10.76.0.10"
cluster-cidr: "10.42.0.0/16"
service-cidr: "10.43.0.0/16"
cluster-dns: "10.43.0.10"
write-kubeconfig-mode: "0600"
token-file: "/etc/rancher/k3s/token"
agent-token-file: "/etc/rancher/k3s/agent-token"
disable:
  - "traefik"
`,
  );
});

test("an agent names only what is its own", () => {
  const config = k3sConfig(desired(agent1));
  assert.match(config, 'node-ip: "10.76.0.11"');
  assert.not.match(config, /token|tls-san|cidr/);
});

test("flags of lab.yaml are written as they are, behind the lab's own; names of certificates are added to its own", () => {
  const flags = { "kubelet-arg": ["max-pods=50", "v=2"], debug: true, v: 4, "tls-san": "lab.corp" };
  const config = k3sConfig(desired(multi, { flags }));
  assert.match(config, 'tls-san:\n  - "multi"\n  - "10.76.0.10"\n  - "lab.corp"\n');
  assert.ok(config.endsWith('kubelet-arg:\n  - "max-pods=50"\n  - "v=2"\ndebug: true\nv: 4\n'), config);
});

test("an agent's file changes with what its server tells it, a server's does not", () => {
  const told = { toldToAgents: { "flannel-backend": "host-gw" } };
  assert.is.not(k3sConfig(desired(agent1, told)), k3sConfig(desired(agent1)));
  assert.is(k3sConfig(desired(multi, told)), k3sConfig(desired(multi)));
});

test("without resolvers K3s finds its own way", () => {
  assert.not.match(k3sConfig(desired(agent1, { resolvers: [] })), "resolv-conf");
});

test.run();
