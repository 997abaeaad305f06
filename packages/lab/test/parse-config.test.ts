import { Cidr, parseAddress, Range } from "@k3s-lab/ip";
import { parseConfig } from "../src/parse-config.js";
import { Problem } from "@k3s-lab/problem";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("lab parse-config");

function refusal(text: string): Problem {
  try {
    parseConfig(text);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error("expected a refusal");
}

function threeServers(ofFirst = ""): string {
  return `nodes: [{ name: a, role: server${ofFirst} }, { name: b, role: server }, { name: c, role: server }]`;
}

test("an empty file is the seed's lab", () => {
  const config = parseConfig("");
  assert.equal(
    config.nodes.map((node) => `${node.name} ${node.role}`),
    ["multi server", "agent1 agent", "agent2 agent"],
  );
  assert.is(config.network.mode, "private");
  assert.is(config.cluster.source, "auto");
  assert.is(config.registry.port, 5000);
});

test("each fault has its place in the file, for what shows it there", () => {
  assert.equal(
    refusal("registry: { port: -1 }\n\ncolour: red\n").places.map(({ file, line, column }) => [file, line, column]),
    [
      ["lab.yaml", 1, 19],
      ["lab.yaml", 3, 1],
    ],
  );
  const [place] = refusal("nodes: [\n").places;
  assert.is(place?.file, "lab.yaml");
  assert.match(place?.message ?? "", /\w/);
});

test("labels and taints are kept as they are written", () => {
  const text = [
    "nodes:",
    "  - { name: multi, role: server, taints: ['CriticalAddonsOnly=true:NoExecute', 'x:PreferNoSchedule'] }",
    "  - { name: agent1, labels: { node-role.kubernetes.io/worker: '', topology.kubernetes.io/zone: a }, taints: [gpu=1:NoSchedule] }",
  ].join("\n");
  const [server, agent] = parseConfig(text).nodes;
  assert.equal(server?.taints, ["CriticalAddonsOnly=true:NoExecute", "x:PreferNoSchedule"]);
  assert.equal(agent?.labels, { "node-role.kubernetes.io/worker": "", "topology.kubernetes.io/zone": "a" });
  assert.equal(agent?.taints, ["gpu=1:NoSchedule"]);
});

test("networks are values", () => {
  const { network, cluster } = parseConfig("network: { subnet: 10.9.0.0/24 }\ncluster: { podCidr: 10.40.0.0/16 }\n");
  assert.equal(network.subnet, new Cidr(parseAddress("10.9.0.0"), 24));
  assert.equal(cluster.podCidr, new Cidr(parseAddress("10.40.0.0"), 16));
  assert.is(cluster.serviceCidr, "auto");
});

test("every unknown key of a section is named, and each key has one fault", () => {
  const lines = refusal(
    "host: { a: 1, b: 2 }\nnodes: [{ c: 3, d: { e: 4 } }]\nregistry: { port: -1.5 }\n",
  ).message.split("\n");
  assert.equal(
    lines.slice(1).map((line) => line.trim()),
    [
      "lab.yaml:1:9: unknown key host.a",
      "lab.yaml:1:15: unknown key host.b",
      "lab.yaml:2:9: nodes.0.name: expected a value, seen nothing",
      "lab.yaml:2:11: unknown key nodes.0.c",
      "lab.yaml:2:17: unknown key nodes.0.d",
      "lab.yaml:3:19: registry.port: expected a whole number, seen -1.5. See lab.example.yaml for every key. [LAB-CFG-006]",
    ],
  );
});

test("one fault is a line that begins with its place, several have a heading", () => {
  assert.is(
    refusal("\nregistry: { port: 70000 }\n").message,
    "lab.yaml:2:19: registry.port: must be from 1 to 65535, seen 70000. See lab.example.yaml for every key. [LAB-CFG-006]",
  );
  assert.is(refusal("a: 1\nb: 2\n").message.split("\n")[0], "lab.yaml: 2 things are wrong:");
});

test("all errors come at once, each with line and column", () => {
  const problem = refusal(
    "colour: red\nnetwork:\n  subnet: 10.0.0.0/99\nnodes:\n  - name: Bad_Name\n    role: server\n",
  );
  assert.is(problem.exitCode, 2);
  assert.match(problem.message, "lab.yaml:1:1: unknown key colour");
  assert.match(problem.message, "lab.yaml:3:11: network.subnet: must be auto or an IPv4 network");
  assert.match(problem.message, "lab.yaml:5:11: nodes.0.name: must be a DNS label");
});

test("broken YAML is placed", () => {
  assert.match(refusal("nodes: [\n").message, /lab\.yaml:\d+:\d+: /);
});

test("names and addresses taken twice are refused", () => {
  const text = `
network: { subnet: 10.9.0.0/24 }
nodes:
  - { name: multi, role: server, address: 10.9.0.5 }
  - { name: multi, address: 10.9.0.5 }
`;
  const { message } = refusal(text);
  assert.match(message, "lab.yaml:5:13: nodes.1.name: multi is taken by nodes.0");
  assert.match(message, "nodes.1.address: 10.9.0.5 is taken by nodes.0");
});

test("folders of this host that would cover one another, or what a machine needs, are refused", () => {
  const refused = (...targets: readonly string[]) => {
    const mounts = targets.map((to) => `    - { from: ./src, to: ${to} }`);
    return refusal(`machines:\n  mounts:\n${mounts.join("\n")}\n`).message;
  };
  assert.match(
    refused("/src", "/data", "/src/"),
    "lab.yaml:5:26: machines.mounts.2.to: /src is taken by machines.mounts.0",
  );
  for (const to of ["/etc", "/tmp", "/usr/", "//var", "/srv/../run", "/var/lib/rancher", "/srv/.."]) {
    assert.match(refused(to), /machines\.mounts\.0\.to: \S+ is the machine's own, expected a folder/, to);
  }
  const below = ["/src", "/etc/app", "/var/lib/rancher/k3s/server/manifests", "/root"];
  const { machines } = parseConfig(`machines: { mounts: [${below.map((to) => `{ from: ., to: ${to} }`).join(", ")}] }`);
  assert.equal(
    machines.mounts.map(({ to }) => to),
    below,
  );
});

test("addresses outside the subnet and overlapping networks are refused", () => {
  const text = `
network: { subnet: 10.9.0.0/24 }
cluster: { podCidr: 10.42.0.0/16, serviceCidr: 10.42.128.0/17 }
nodes: [{ name: multi, role: server, address: 10.8.0.5 }]
`;
  const { message } = refusal(text);
  assert.match(message, "nodes.0.address: 10.8.0.5 is outside network.subnet 10.9.0.0/24");
  assert.match(message, "cluster.serviceCidr: 10.42.128.0/17 overlaps cluster.podCidr 10.42.0.0/16");
});

test("a lab without a server is refused", () => {
  assert.match(
    refusal("nodes: [{ name: a }, { name: b }]").message,
    "an odd number of nodes must have role: server, such as 1 or 3, seen 0",
  );
});

test("a directory source needs its directory", () => {
  assert.match(refusal("cluster: { source: directory }").message, "cluster.directory: is missing");
});

const oneLine: readonly (readonly [name: string, text: string, expected: string])[] = [
  ["a list instead of keys", "- a\n", "1:1: lab.yaml: expected keys with values, seen a list"],
  ["a text instead of keys", "hello\n", "1:1: lab.yaml: expected keys with values, seen hello"],
  ["a misspelt key", "registy: {}\n", "1:1: unknown key registy (did you mean registry?)"],
  [
    "a misspelt key of a node",
    "nodes: [{ name: a, rol: server }]",
    "1:20: unknown key nodes.0.rol (did you mean nodes.0.role?)",
  ],
  ["a key in the wrong place", "subnet: 10.9.0.0/24\n", "1:1: unknown key subnet (did you mean network.subnet?)"],
  [
    "a key of a node elsewhere",
    "machines: { memory: 1 }\n",
    "1:13: unknown key machines.memory (did you mean nodes[].memory?)",
  ],
  ["a key like no other", "name: x\r\ncolour: red\r\n", "2:1: unknown key colour."],
  ["a number for a text", "name: 5\n", "1:7: name: expected a text, seen 5"],
  [
    "a unit",
    "machines: { vagrant: { memory: 4G } }",
    "expected whole megabytes, without a unit, such as 4096, seen 4G",
  ],
  ["a text for a number", 'registry: { port: "5000" }', '1:19: registry.port: expected a number, seen "5000"'],
  [
    "a proxy that is a word",
    "host: { proxy: system }",
    "1:16: host.proxy: must be auto, none, or http, https and noProxy, seen system",
  ],
  [
    "a proxy without a URL",
    "host: { proxy: { noProxy: x } }",
    "1:16: host.proxy: expected http or https, or none, seen keys with values",
  ],
  [
    "an unknown key of a proxy",
    "host: { proxy: { htps: 'http://p:1', http: 'http://p:1' } }",
    "1:18: unknown key host.proxy.htps (did you mean host.proxy.https?)",
  ],
  [
    "a proxy's URL, without its password",
    "host: { proxy: { http: 'ftp://me:geheim@p:1' } }",
    "1:24: host.proxy.http: must be the URL of a proxy such as http://proxy.corp:3128, seen ftp://[redacted]@p:1",
  ],
  [
    "a proxy's URL without a scheme",
    "host: { proxy: { http: 'me:geheim@p:123456' } }",
    "1:24: host.proxy.http: must be the URL of a proxy such as http://proxy.corp:3128, seen [redacted]@p:123456",
  ],
  ["a text for true or false", "host: { hostsFile: yes }", '1:20: host.hostsFile: expected true or false, seen "yes"'],
  ["keys for a list", "nodes: { a: b }", "1:8: nodes: expected a list, seen keys with values"],
  ["no node", "nodes: []", "1:8: nodes: expected at least one node, seen an empty list"],
  ["a node without keys", "nodes:\n  -\n", "nodes.0: expected keys with values, seen nothing"],
  [
    "no such source",
    "cluster: { source: relase }",
    "1:20: cluster.source: expected auto, release, directory, modules or package (did you mean release?), seen relase",
  ],
  ["a port beyond all", "registry: { port: 70000 }", "1:19: registry.port: must be from 1 to 65535, seen 70000"],
  ["half a port", "registry: { port: 5.5 }", "registry.port: expected a whole number, seen 5.5"],
  [
    "a password in lab.yaml",
    "registry: { auth: { username: ann, password: secret } }",
    "registry.auth.password: expected file: PATH or env: NAME, which keep the secret out of lab.yaml",
  ],
  [
    "a password in two places",
    "registry: { auth: { username: ann, password: { file: a, env: B } } }",
    "registry.auth.password: expected either file: PATH or env: NAME",
  ],
  [
    "a cache of everything",
    'registry: { cache: ["*"] }',
    "registry.cache.0: must name one registry such as docker.io: a cache has one upstream",
  ],
  [
    "a cache of the lab's own registry",
    'registry: { cache: ["multi:5000"] }',
    "registry.cache.0: is the lab's own registry",
  ],
  ["a cache twice", "registry: { cache: [docker.io, docker.io] }", "registry.cache.1: docker.io is named twice"],
  [
    "a cache of a path",
    "registry: { cache: [docker.io], mirrors: { docker.io: { endpoint: [https://a.corp/v2/hub] } } }",
    "registry.cache.0: https://a.corp/v2/hub has a path, which a cache cannot ask for; expected a host",
  ],
  [
    "a cache that would sign in by a token",
    "registry: { cache: [ghcr.io], configs: { ghcr.io: { auth: { identity_token: { env: T } } } } }",
    "registry.cache.0: a cache cannot sign in by an identity_token",
  ],
  [
    "a cache that would trust anybody",
    "registry: { cache: [a.corp], configs: { a.corp: { tls: { insecure_skip_verify: true } } } }",
    "registry.cache.0: a cache checks the certificate of https://a.corp, and shows none; expected ca_file alone",
  ],
  ["a port of K3s", "registry: { port: 6443 }", "registry.port: must not be a port of K3s itself, seen 6443"],
  [
    "no image reference",
    "registry: { image: Not An Image }",
    'registry.image: must be an image reference such as docker.io/library/registry:3.1.2, seen "Not An Image"',
  ],
  [
    "a version without K3s' part",
    "cluster: { version: v1.34.4 }",
    "cluster.version: must be a K3s version such as v1.34.4+k3s1, seen v1.34.4",
  ],
  ["a version that goes on", 'cluster: { version: "v1.34.4+k3s1; reboot" }', "cluster.version: must be a K3s version"],
  [
    "another scheme",
    "cluster: { baseUrl: ftp://a/b }",
    "cluster.baseUrl: must be an http or https URL, seen ftp://a/b",
  ],
  [
    "a component that the registry needs",
    "cluster: { disable: [coredns] }",
    "cluster.disable.0: must stay: the lab's registry needs it, seen coredns",
  ],
  [
    "an unused directory",
    "cluster: { directory: ./k3s }",
    "cluster.directory: is used with source: directory only, seen source: auto",
  ],
  [
    "no interface name",
    "network: { uplink: a b }",
    'network.uplink: must be auto or an interface such as eth0, seen "a b"',
  ],
  [
    "a resolver that only the host reaches",
    "network: { nameservers: [127.0.0.53] }",
    "network.nameservers.0: must be a resolver that nodes can reach, not the host",
  ],
  [
    "search domains that are none",
    "network: { search: Corp }",
    "network.search: must be auto or a list of domains such as [corp.example], seen Corp",
  ],
  [
    "a node's name for another address",
    "network: { hostAliases: [{ ip: 192.168.1.5, hostnames: [registry.corp, multi] }] }",
    "network.hostAliases.0.hostnames: multi is a node's name",
  ],
  [
    "an alias without a name",
    "network: { hostAliases: [{ ip: 192.168.1.5, hostnames: [] }] }",
    "network.hostAliases.0.hostnames: must name at least one host",
  ],
  [
    "an uplink for nodes that are on it",
    "network: { mode: bridged, uplink: eth0 }",
    "network.uplink: is used with mode: private only, seen mode: bridged (network.interface names what the nodes are plugged into)",
  ],
  [
    "routes of a router that is the LAN's",
    "network: { mode: bridged, routes: [{ interface: tun0, to: [10.50.0.0/16] }] }",
    "network.routes: is used with mode: private only, seen mode: bridged",
  ],
  [
    "a route without an interface",
    "network: { routes: [{ to: [10.50.0.0/16] }] }",
    "network.routes.0.interface: expected a value, seen nothing",
  ],
  [
    "a route to nowhere",
    "network: { routes: [{ interface: tun0, to: [] }] }",
    "network.routes.0.to: expected at least one network",
  ],
  [
    "a route to an address within a network",
    "network: { routes: [{ interface: tun0, to: [10.50.1.1/16] }] }",
    "network.routes.0.to.0: expected the network's own address 10.50.0.0/16, seen 10.50.1.1/16",
  ],
  [
    "a route for everything",
    "network: { routes: [{ interface: tun0, to: [0.0.0.0/0] }] }",
    "network.routes.0.to.0: 0.0.0.0/0 overlaps 0.0.0.0/8 (this network)",
  ],
  [
    "a route into the cluster",
    "network: { routes: [{ interface: tun0, to: [10.42.7.0/24] }] }\ncluster: { podCidr: 10.42.0.0/16 }",
    "network.routes.0.to.0: 10.42.7.0/24 is in the lab's own cluster.podCidr 10.42.0.0/16",
  ],
  [
    "an interface for a LAN of the lab's own",
    "network: { interface: br0 }",
    "network.interface: is used with mode: bridged only, seen mode: private",
  ],
  [
    "no router's address",
    "network: { mode: bridged, gateway: router }",
    "network.gateway: must be auto or the router's IPv4 address such as 192.168.1.1, seen router",
  ],
  [
    "the router's address for a node",
    "network: { mode: bridged, gateway: 192.168.1.1 }\nnodes: [{ name: a, role: server, address: 192.168.1.1 }]",
    "nodes.0.address: 192.168.1.1 is the router's, network.gateway",
  ],
  [
    "a router outside the LAN",
    "network: { mode: bridged, subnet: 192.168.1.0/24, gateway: 192.168.2.1 }",
    "network.gateway: 192.168.2.1 is outside network.subnet 192.168.1.0/24",
  ],
  [
    "a range in reverse order",
    "network: { mode: bridged, addresses: 192.168.1.9-192.168.1.5 }",
    "network.addresses: must be auto or a range such as 192.168.1.200-192.168.1.220, seen 192.168.1.9-192.168.1.5",
  ],
  [
    "a range without room",
    "network: { mode: bridged, addresses: 192.168.1.9-192.168.1.10 }",
    "network.addresses: 192.168.1.9-192.168.1.10 has room for 2 addresses, expected 3",
  ],
  [
    "a range outside the LAN",
    "network: { mode: bridged, subnet: 192.168.1.0/24, addresses: 192.168.1.250-192.168.2.5 }",
    "network.addresses: 192.168.2.5 is outside network.subnet 192.168.1.0/24",
  ],
  [
    "a name that every host has",
    "nodes: [{ name: localhost, role: server }]",
    "nodes.0.name: must not be a name that every host has, seen localhost",
  ],
  ["a name that is a number", 'nodes: [{ name: "5", role: server }]', "nodes.0.name: must have a letter"],
  [
    "memory that no agent starts with",
    "nodes: [{ name: a, role: server, memory: 256 }]",
    "1:42: nodes.0.memory: must be at least 512 megabytes, which an agent of K3s needs, seen 256",
  ],
  [
    "a flag of K3s that the lab sets",
    "nodes: [{ name: a, role: server, k3s: { node-ip: 10.0.0.1 } }]",
    "1:41: nodes.0.k3s.node-ip: is set by the lab, expected nodes.address",
  ],
  [
    "a flag of K3s that the lab goes by, for all nodes",
    "cluster: { k3s: { https-listen-port: 7443 } }",
    "1:19: cluster.k3s.https-listen-port: is the lab's own: its agents, its kubeconfig and its guards go by port 6443",
  ],
  [
    "a flag of K3s with its dashes",
    "cluster: { k3s: { --kubelet-arg: max-pods=50 } }",
    "1:19: cluster.k3s.--kubelet-arg: must be the long name of a flag of K3s without dashes before it",
  ],
  ["flags of K3s as a list", "cluster: { k3s: [--debug] }", "cluster.k3s"],
  [
    "a flag of K3s with keys",
    "cluster: { k3s: { kubelet-arg: { max-pods: 50 } } }",
    "1:32: cluster.k3s.kubelet-arg: expected a text, a number, true, false, or a list of texts, seen keys with values",
  ],
  [
    "an agent's flag that only servers have",
    "nodes: [{ name: a, role: server }, { name: b, k3s: { kube-apiserver-arg: v=2 } }]",
    "1:54: nodes.1.k3s.kube-apiserver-arg: is a flag of servers only, seen on an agent",
  ],
  [
    "a label's key with a space",
    "nodes: [{ name: a, role: server, labels: { 'a b': c } }]",
    "1:44: nodes.0.labels.a b: must be a label's key such as tier or example.com/tier",
  ],
  [
    "a label without quotes that is no text",
    "nodes: [{ name: a, role: server, labels: { ssd: true } }]",
    "1:49: nodes.0.labels.ssd: expected a text: true, false and numbers need quotes, seen true",
  ],
  [
    "a label's value with a slash",
    "nodes: [{ name: a, role: server, labels: { path: a/b } }]",
    "1:50: nodes.0.labels.path: must be empty, or letters, digits, -, _ and ., at most 63",
  ],
  [
    "a label that the kubelet keeps",
    "nodes: [{ name: a, role: server, labels: { kubernetes.io/hostname: b } }]",
    "1:44: nodes.0.labels.kubernetes.io/hostname: is set by the kubelet, which would put it back",
  ],
  [
    "labels as a list",
    "nodes: [{ name: a, role: server, labels: [tier=db] }]",
    "1:43: nodes.0.labels.0: expected a key with its value, as in { tier: db }, seen tier=db",
  ],
  [
    "a taint's effect, misspelt",
    "nodes: [{ name: a, role: server, taints: ['gpu=true:NoSchedul'] }]",
    "1:43: nodes.0.taints.0: must be key=value:Effect or key:Effect, with NoSchedule, PreferNoSchedule or NoExecute (did you mean NoSchedule?), seen gpu=true:NoSchedul",
  ],
  [
    "a taint that Kubernetes keeps",
    "nodes: [{ name: a, role: server }, { name: b, taints: ['node.kubernetes.io/not-ready:NoExecute'] }]",
    "1:56: nodes.1.taints.0: is set and removed by Kubernetes, by the state of the node, seen node.kubernetes.io/not-ready:NoExecute",
  ],
  [
    "a taint given twice",
    "nodes: [{ name: a, role: server }, { name: b, taints: ['gpu:NoExecute', 'gpu=1:NoExecute'] }]",
    "1:73: nodes.1.taints.1: gpu:NoExecute is given by nodes.1.taints.0, seen gpu=1:NoExecute",
  ],
  [
    "a taint that keeps the registry from the server",
    "nodes: [{ name: a, role: server, taints: ['gpu:NoSchedule'] }]",
    "1:43: nodes.0.taints.0: would keep the lab's registry and CoreDNS from the server",
  ],
  [
    "an address without a subnet",
    "nodes: [{ name: a, role: server, address: 10.9.0.5 }]",
    "nodes.0.address: needs network.subnet, expected a network that holds 10.9.0.5",
  ],
  [
    "a subnet within itself",
    "network: { subnet: 10.9.0.7/24 }",
    "network.subnet: expected the network's own address 10.9.0.0/24, seen 10.9.0.7/24",
  ],
  [
    "a subnet without room",
    "network: { subnet: 10.9.0.0/30 }",
    "network.subnet: 10.9.0.0/30 has room for 1 addresses, expected 3",
  ],
  [
    "an even number of servers",
    "nodes: [{ name: a, role: server }, { name: b, role: server }]",
    "nodes: an odd number of nodes must have role: server, such as 1 or 3, seen 2",
  ],
  [
    "a shared address of one server",
    "network: { subnet: 10.9.0.0/24 }\ncluster: { address: 10.9.0.5 }",
    "cluster.address: is used with several servers only, seen one",
  ],
  [
    "a shared address that a node has",
    `network: { subnet: 10.9.0.0/24 }\ncluster: { address: 10.9.0.5 }\n${threeServers(", address: 10.9.0.5")}`,
    "cluster.address: 10.9.0.5 is taken by nodes.0",
  ],
  [
    "a shared address outside the subnet",
    `network: { subnet: 10.9.0.0/24 }\ncluster: { address: 10.8.0.5 }\n${threeServers()}`,
    "cluster.address: 10.8.0.5 is outside network.subnet 10.9.0.0/24",
  ],
  [
    "a subnet without room for the shared address",
    `network: { subnet: 10.9.0.0/29 }\nnodes: [${["a", "b", "c"].map((name) => `{ name: ${name}, role: server }`).join(", ")}, { name: d }, { name: e }]`,
    "network.subnet: 10.9.0.0/29 has room for 5 addresses, expected 6",
  ],
  [
    "a subnet that is loopback",
    "network: { subnet: 127.9.0.0/16 }",
    "network.subnet: 127.9.0.0/16 overlaps 127.0.0.0/8 (loopback)",
  ],
  [
    "too few pod networks",
    "cluster: { podCidr: 10.42.0.0/23 }",
    "cluster.podCidr: 10.42.0.0/23 has room for 2 nodes with a /24 each, expected 3",
  ],
  ["no pod network", "cluster: { podCidr: 10.42.0.0/25 }", "has room for 0 nodes"],
  [
    "too few services",
    "cluster: { serviceCidr: 10.43.0.0/28 }",
    "cluster.serviceCidr: expected /12 to /27, seen 10.43.0.0/28",
  ],
  [
    "too many services",
    "cluster: { serviceCidr: 10.0.0.0/8 }",
    "cluster.serviceCidr: expected /12 to /27, seen 10.0.0.0/8",
  ],
  ["a key given twice", "name: a\nname: b\n", "2:1: this key was given before, expected each key once"],
  ["a tab", "network:\n\tmode: private\n", "2:1: indented by a tab, expected spaces"],
  ["two documents", "name: a\n---\nname: b\n", "2:1: a second document begins here, expected one"],
  ["an alias without its anchor", "name: *missing\n", "1:7: the alias *missing has no anchor &missing before it"],
  ["an alias inside of its anchor", "nodes: &a\n  - *a\n", "2:5: the alias *a is inside the value that it stands for"],
  [
    "a merge key without keys",
    "nodes:\n  - <<: 5\n    name: a\n",
    "2:5: <<: expected keys with values, or an alias of such",
  ],
  [
    "a merge key of nothing",
    "nodes:\n  - <<:\n    name: a\n",
    "2:5: <<: expected keys with values, or an alias of such",
  ],
  [
    "a colon inside a value",
    "name: a: b\n",
    "1:7: a second key on one line, expected a line for each, or quotes around",
  ],
  ["x- below the top", "network: { x-a: 1 }\n", "1:12: unknown key network.x-a"],
  [
    "a space as web pages use it",
    "network:\n\u00a0\u00a0mode: private\n",
    "2:1: the space is U+00A0, as web pages use it",
  ],
  ["such a space behind a key", "name:\u00a0x\n", "1:6: the space is U+00A0, as web pages use it"],
  ["lines as on an old Mac", "name: a\rhost: {}\r", "1:8: lines end in CR alone, expected LF or CRLF"],
  ["lists without end", "[".repeat(20_000), "nested too deeply"],
  ["an unknown tag", "name: !secret x\n", "1:7: Unresolved tag: !secret"],
];
for (const [name, text, expected] of oneLine) {
  test(`${name}: one line`, () => {
    const { message, exitCode } = refusal(text);
    assert.is(exitCode, 2);
    assert.match(message, expected);
    assert.is(message.split("\n").length, 1);
  });
}

test("aliases that would grow without end are refused", () => {
  const ten = (name: string) => `[${Array(10).fill(name)}]`;
  const text = `a: &a ${ten("x")}\nb: &b ${ten("*a")}\nc: &c ${ten("*b")}\nd: ${ten("*c")}\n`;
  assert.match(refusal(text).message, "lab.yaml:1:1: its aliases expand too far, expected at most 100");
});

test("merge keys and aliases work as in Compose, and keys x-... are a place for anchors", () => {
  const { nodes } = parseConfig(`
x-agent: &agent { role: agent }
x-second: &second { name: b, role: server }
nodes:
  - &first { name: multi, role: server }
  - <<: *first
    <<: *agent
    name: a
    role: agent
  - <<: [*agent, *second]
  - <<: { role: agent }
    name: c
`);
  assert.equal(
    nodes.map(({ name, role }) => `${name} ${role}`),
    ["multi server", "a agent", "b agent", "c agent"],
  );
});

test("what is wrong behind an alias is placed where it is written", () => {
  const { message } = refusal("x-common: &c\n  role: serve\n  adress: 1\nnodes:\n  - <<: *c\n    name: a\n");
  assert.match(message, "lab.yaml:2:9: nodes.0.role: expected server or agent (did you mean server?), seen serve");
  assert.match(message, "lab.yaml:3:3: unknown key nodes.0.adress (did you mean nodes.0.address?)");
});

test("special addresses of the subnet are no node's", () => {
  const { message } = refusal(`
network: { subnet: 10.9.0.0/24 }
nodes:
  - { name: a, role: server, address: 10.9.0.1 }
  - { name: b, address: 10.9.0.0 }
  - { name: c, address: 10.9.0.255 }
`);
  assert.match(message, "4:39: nodes.0.address: 10.9.0.1 is the host's in 10.9.0.0/24, as the nodes' gateway");
  assert.match(message, "nodes.1.address: 10.9.0.0 is the network itself in 10.9.0.0/24");
  assert.match(message, "nodes.2.address: 10.9.0.255 is the broadcast address of 10.9.0.0/24");
});

test("what sections get wrong together is told with what is wrong elsewhere, and in the order of the file", () => {
  const { message } = refusal("name: 5\nnodes: [{ name: a }, { name: a }]\nhost: { hostsFile: 1 }\n");
  const lines = message.split("\n").slice(1);
  assert.equal(
    lines.map((line) => line.trim().split(":").slice(1, 2).join()),
    ["1", "2", "2", "3"],
  );
});

test("a section that is wrong in itself is not held against another", () => {
  const text = "network: { subnet: 10.9.0.0/99 }\nnodes: [{ name: a, role: server, address: 10.9.0.5 }]\n";
  assert.is(refusal(text).message.split("\n").length, 1);
});

test("a key without a value is as good as absent; a byte order mark, anchors and CRLF are no matter", () => {
  assert.equal(parseConfig("network:\n  # subnet: 10.9.0.0/24\nnodes:\n"), parseConfig(""));
  assert.is(parseConfig("\uFEFFname: &n x\r\nnodes: [{ name: *n, role: server }]\r\n").nodes[0]?.name, "x");
});

test("a comment may have any space", () => {
  assert.is(parseConfig("# see:\u00a0this\nname: x #\u00a0that:\u00a0there\n").name, "x");
});

test("what is right at the edge is taken", () => {
  const config = parseConfig(`
network: { subnet: 10.9.0.0/29, uplink: br0 }
cluster:
  { podCidr: 10.40.0.0/22, serviceCidr: 10.43.0.0/27, version: v1.35.0-rc1+k3s2, baseUrl: "http://10.9.0.1:8080/k3s/" }
registry: { image: "localhost:5001/mirror/registry@sha256:${"a".repeat(64)}" }
nodes: [{ name: a1, role: server, address: 10.9.0.2 }, { name: 1b, address: 10.9.0.6 }]
`);
  assert.is(config.nodes.length, 2);
});

test("a bridged lab may name addresses without a subnet, and .1 may be a node's", () => {
  const nodes = "nodes: [{ name: a, role: server, address: 192.168.1.1 }, { name: b }]\n";
  const { network } = parseConfig(
    `network: { mode: bridged, gateway: 192.168.1.254, addresses: 192.168.1.1-192.168.1.2, interface: br0 }\n${nodes}`,
  );
  assert.equal(network.addresses, new Range(parseAddress("192.168.1.1"), parseAddress("192.168.1.2")));
});

test("virtual machines have the seed's processors and memory", () => {
  const { machines } = parseConfig("machines: { provider: vagrant }\nnetwork: { mode: bridged }");
  assert.equal(machines.vagrant, {
    provider: "virtualbox",
    box: "generic/alpine319",
    cpus: 2,
    memory: 4096,
    emulate: false,
  });
});

test("virtual machines' keys are refused where they do nothing, or cannot be", () => {
  const wrong = (machines: string, network = "") =>
    refusal(`machines: { ${machines} }\nnetwork: { ${network} }`).message;
  assert.match(
    wrong("provider: lxc, vagrant: { memory: 2048 }"),
    "machines.vagrant.memory: is used with provider: vagrant only, seen provider: lxc",
  );
  assert.match(
    wrong("provider: vagrant, vagrant: { emulate: true }", "mode: bridged"),
    "machines.vagrant.emulate: is used with provider: libvirt only, VirtualBox cannot emulate",
  );
  assert.match(
    wrong("provider: vagrant", "mode: private"),
    "network.mode: expected bridged with VirtualBox, seen private: in VirtualBox's own networks the host is the nodes' gateway",
  );
  assert.match(wrong("vagrant: { cpus: 0 }"), "machines.vagrant.cpus: must be from 1 to 64, seen 0");
  assert.match(wrong("vagrant: { memory: 4 }"), "machines.vagrant.memory: must be at least 512 megabytes");
  assert.match(
    wrong("provider: virtualbox"),
    "machines.provider: expected auto, lxc, docker or vagrant, seen virtualbox",
  );
});

test("your own registries are written as in K3s' registries.yaml", () => {
  const { mirrors, configs } = parseConfig(`
registry:
  mirrors:
    docker.io: { endpoint: [http://192.168.1.5:5001, "https://mirror.example/v2/hub"], rewrite: { "^a/(.*)": b/$1 } }
    "*": { endpoint: [all.example:5000] }
    quay.io: {}
    "[fd00::5]:5001": { endpoint: ["http://[fd00::6]:5001", "[::1]:80/v2/x"] }
  configs:
    192.168.1.5:5001: { auth: { username: ann, password: { env: PASSWORD } }, tls: { ca_file: ca.pem } }
    docker.io: { auth: { docker: true } }
    "[fd00::5]:5001": { auth: { docker: true } }
    mtls.example: { tls: { cert_file: a.crt, key_file: a.key } }
    "*": { tls: { insecure_skip_verify: true } }
`).registry;
  assert.equal(Object.keys(mirrors), ["docker.io", "*", "quay.io", "[fd00::5]:5001"]);
  assert.equal(configs["192.168.1.5:5001"]?.auth, { username: "ann", password: { env: "PASSWORD" } });
});

test("a star without quotes, which K3s' registries.yaml puts in them, is distinguished from an alias", () => {
  const { message } = refusal("registry:\n  mirrors:\n    *:\n      endpoint: [http://x]\n");
  assert.match(message, 'lab.yaml:3:6: here * begins an alias, expected "*" in quotes');
});

test("a secret written into lab.yaml is refused, and never shown", () => {
  for (const config of [
    "{ auth: { username: u, password: hunter2 } }",
    "{ auth: { username: u, password: 7753191 } }",
    "{ auth: { identity_token: hunter2 } }",
    "{ auth: { auth: hunter2 } }",
    "{ auth: hunter2 }",
  ]) {
    const { message } = refusal(`registry: { configs: { docker.io: ${config} } }`);
    assert.match(message, /registry\.configs\.docker\.io\.auth.*: expected .*, seen a (text|number)/);
    assert.not.match(message, /hunter2|7753191/);
  }
  assert.match(refusal("registry: { auth: true }").message, /registry\.auth: must be off, basic, .*, seen true\./);
  const endpoint = "https://u:hunter2@mirror.example";
  const { message } = refusal(`registry: { mirrors: { docker.io: { endpoint: ["${endpoint}"] } } }`);
  assert.match(message, "credentials go into registry.configs, seen https://[redacted]@mirror.example");
});

test("registries that K3s would not find are refused by their keys", () => {
  const said = (text: string) => refusal(`nodes: [{ name: one, role: server }]\nregistry: ${text}`).message;
  assert.match(
    said('{ port: 5001, mirrors: { "one:5001": { endpoint: [http://x] } } }'),
    "lab.yaml:2:36: registry.mirrors.one:5001: is the lab's own registry",
  );
  assert.match(said('{ configs: { "one:5000": {} } }'), "registry.configs.one:5000: is the lab's own registry");
  assert.match(
    said("{ mirrors: { https://x.example: {} } }"),
    "registry.mirrors.https://x.example: must be a registry",
  );
  for (const name of ["fd00::5", "fd00::5:5001", "[fd00::5", "[fe80::1%eth0]:5001", "[1:2]:5001", "[]:5001"]) {
    assert.match(said(`{ configs: { "${name}": {} } }`), `registry.configs.${name}: must be a registry such as`);
    const endpoint = `{ mirrors: { x: { endpoint: ["http://${name}"] } } }`;
    assert.match(said(endpoint), "endpoint.0: must be a URL such as", name);
  }
  assert.match(said("{ mirrors: { x: { endpoint: [ftp://x] } } }"), "endpoint.0: must be a URL");
  assert.match(said("{ mirrors: { x: { endpoints: [] } } }"), "(did you mean registry.mirrors.x.endpoint?)");
  assert.match(said("{ mirrors: { x: [http://x] } }"), "registry.mirrors.x: expected keys with values, seen a list");
  const config = (text: string) => said(`{ configs: { x: ${text} } }`);
  assert.match(config("{ tls: { cert_file: a } }"), "registry.configs.x.tls: cert_file and key_file belong together");
  assert.match(config("{ auth: { username: a } }"), "username and password belong together");
  assert.match(config("{ auth: {} }"), "registry.configs.x.auth: expected one of username and password,");
  assert.match(config("{ auth: { docker: true, auth: { env: A } } }"), "expected one of username and password,");
  assert.match(config("{ auth: { auth: { env: A, file: b } } }"), "auth.auth: expected either file: PATH or env: NAME");
  assert.match(said('{ configs: { "*": { auth: { docker: true } } } }'), 'is used for no registry under "*"');
});

test.run();
