import { stripVTControlCharacters } from "node:util";
import { parseCidr } from "@k3s-lab/ip";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { paintFor } from "@k3s-lab/steps";
import { renderStatus } from "../src/render-status.js";
import type { LabStatus } from "../src/show-lab.js";

const test = suite("scripts render-status");
const now = Date.parse("2026-11-30T12:00:00Z");
const none = { tcpReset: 0, hostUnreachable: 0, dropped: 0 };
const guard = {
  by: "nftables",
  guarding: true,
  faults: [],
  rejected: { services: { ...none, tcpReset: 2 }, pods: { ...none, dropped: 1 } },
} as const;
const ways = {
  routes: [
    { to: "default", via: "10.76.0.1", dev: "eth0" },
    { to: "10.76.0.0/24", dev: "eth0" },
    { to: "10.42.1.0/24", via: "10.42.1.0", dev: "flannel.1" },
  ],
  resolvers: ["192.0.2.53"],
} as const;
const node = (name: string, role: "server" | "agent", address: string): LabStatus["nodes"][number] => ({
  name,
  role,
  address,
  version: "v1.34.4+k3s1",
  ready: true,
  machine: "running",
  guard,
  ...ways,
});

const status: LabStatus = {
  name: "k3s-lab",
  state: "up",
  nodes: [node("multi", "server", "10.76.0.10"), node("agent1", "agent", "10.76.0.11")],
  k3s: {
    version: "v1.34.4+k3s1",
    source: "release",
    sha256: "ab",
    lacks: [],
    server: "https://10.76.0.10:6443",
    silence: undefined,
  },
  podsNotRunning: [],
  services: [
    {
      namespace: "default",
      name: "web",
      ports: [
        { port: 80, protocol: "TCP", at: ["10.76.0.10:80", "127.0.0.1:8080"] },
        { port: 53, protocol: "UDP", at: [], publish: "8053:53/udp" },
      ],
    },
  ],
  kubeconfig: "/lab/.lab/kubeconfig",
  certificates: [
    { on: "agent1", name: "agent/client-kubelet.crt", ends: "2027-11-30T11:00:00.000Z" },
    { on: "host", name: "kubeconfig", ends: "2027-11-30T12:00:00.000Z" },
  ],
  registry: {
    name: "multi:5000",
    endpoint: "http://10.76.0.10:5000",
    insecureRegistry: "",
    serving: true,
    repositories: [
      { name: "hello", tags: ["1", "2"] },
      { name: "k3s-lab/check", tags: [] },
    ],
    disk: { used: 123_456_789, free: 1_500_000_000 },
    hostsEntries: ["10.76.0.10 multi"],
  },
  network: {
    link: "k3slab-a1b2c3",
    subnet: parseCidr("10.76.0.0/24"),
    podCidr: parseCidr("10.42.0.0/16"),
    serviceCidr: parseCidr("10.43.0.0/16"),
    uplink: "eth0",
    missing: [],
    rejected: 7,
    gateway: "10.76.0.1",
    mode: "private",
  },
};

test("shows everything of a lab that works", () => {
  assert.is(
    renderStatus(status, undefined, now),
    `Lab k3s-lab: up

  multi   server  10.76.0.10  running  v1.34.4+k3s1  Ready  guarded by nftables, rejected 3
  agent1  agent   10.76.0.11  running  v1.34.4+k3s1  Ready  guarded by nftables, rejected 3

  K3s           v1.34.4+k3s1 from an official release
  API           https://10.76.0.10:6443
  Registry      multi:5000 at http://10.76.0.10:5000
                2 repositories, 2 tags; 123 MB on disk, 1.5 GB free
                  hello: 1, 2
                  k3s-lab/check: no tag
  Hosts file    10.76.0.10 multi
  Services      default/web at 10.76.0.10:80, 127.0.0.1:8080
                default/web (UDP): this host does not reach its port 53; machines.docker.ports: ["8053:53/udp"] in lab.yaml publishes it
  Kubeconfig    /lab/.lab/kubeconfig
  Certificates  2, the first ends in 364 days (2027-11-30): agent1 agent/client-kubelet.crt
  Network       10.76.0.0/24 on k3slab-a1b2c3, uplink eth0
  Host          rules, routes, firewall and forwarding as the lab needs them
                guarded by nftables, rejected 7
  Cluster       pods 10.42.0.0/16, services 10.43.0.0/16
  Routes        default via 10.76.0.1 dev eth0
  Resolvers     192.0.2.53`,
  );
});

test("a relay is told of where it does not run, with what to do; of a lab that stands still it is no news", () => {
  const relayOf = (relay: "running" | "absent" | "stopped" | "outdated", state: LabStatus["state"] = "degraded") => {
    const text = renderStatus({ ...status, state, relay: { state: relay, ports: [1, 2], to: "10.76.0.14" } });
    return /^ {2}Relay +(.+)$/m.exec(text)?.[1];
  };
  const from = "from 127.0.0.1 to the servers' address 10.76.0.14: its container";
  const then = ", so this host reaches neither API nor registry; `npm run lab:up` repairs it";
  assert.is(relayOf("stopped"), `${from} does not run${then}`);
  assert.is(relayOf("absent"), `${from} is gone${then}`);
  assert.is(relayOf("outdated"), `${from} was made for another network or other ports${then}`);
  assert.is(relayOf("running", "up"), undefined);
  assert.is(relayOf("stopped", "stopped"), undefined);
});

test("colours tell the same, and keep the columns", () => {
  const coloured = renderStatus(status, paintFor({ isTTY: true }, {}), now);
  assert.match(coloured, "\u001B[32mup\u001B[0m");
  const stopped = { name: "a", role: "agent", address: "10.76.0.9", machine: "stopped", ready: false } as const;
  const mixed = { ...status, nodes: [...status.nodes, stopped] };
  for (const each of [status, mixed]) {
    const painted = renderStatus(each, paintFor({ isTTY: true }, {}), now);
    assert.is(stripVTControlCharacters(painted), renderStatus(each, undefined, now));
  }
});

const [server, agent] = status.nodes;
if (server === undefined || agent === undefined) throw new Error("no nodes");

test("a node that does not work is told apart, and what to do about it", () => {
  const nodes = [
    server,
    {
      name: "agent1",
      role: "agent",
      address: "10.76.0.11",
      machine: "stopped",
      ready: false,
      obstacle: "its kubelet is silent",
    },
  ] as const;
  const text = renderStatus({ ...status, state: "degraded", nodes }, undefined, now);
  assert.match(text, /agent1 .*stopped +version unknown +not Ready: its kubelet is silent +guard unknown/);
  assert.match(text, "Routes        default via 10.76.0.1 dev eth0\n", "of the node that answers");
  assert.match(text, "`npm run lab:up` does it");
});

test("an upgrade that lab.yaml asks for is told, and one that has not come to every node", () => {
  const upgradeTo = (missing: readonly string[], refused?: string) => {
    const upgrade = { to: "v1.34.5+k3s1", missing, ...(refused !== undefined && { refused }) };
    return renderStatus({ ...status, k3s: { ...status.k3s, upgrade } }, undefined, now);
  };
  assert.match(upgradeTo([]), "Upgrade       to v1.34.5+k3s1: lab.yaml asks for it; `npm run lab:up` rolls it out\n");
  assert.match(upgradeTo(["agent1"]), "to v1.34.5+k3s1: agent1 still has v1.34.4+k3s1; `npm run lab:up` goes on\n");
  const back = "goes back from v1.35.1+k3s1 to v1.34.5+k3s1";
  assert.match(
    upgradeTo([], back),
    `Upgrade       lab.yaml asks for one that ${back}, which \`npm run lab:up\` refuses\n`,
  );
});

test("routes and resolvers that differ are told with the names of the nodes", () => {
  const other = { ...agent, routes: [{ to: "default", via: "10.76.0.9", dev: "eth0" }], resolvers: [] };
  const text = renderStatus({ ...status, nodes: [server, other] }, undefined, now);
  assert.match(
    text,
    /Routes +default via 10\.76\.0\.1 dev eth0 \(multi\)\n +default via 10\.76\.0\.9 dev eth0 \(agent1\)/,
  );
  assert.match(text, /Resolvers +192\.0\.2\.53 \(multi\)\n +none \(agent1\)/);
});

test("a certificate that ends within 30 days is warned of, one that ended is an error, each with what renews it", () => {
  const certificates = [
    { on: "multi", name: "server/tls/client-admin.crt", ends: "2026-11-29T12:00:00.000Z" },
    { on: "agent1", name: "agent/client-ca.crt", ends: "2026-12-10T12:00:00.000Z" },
    { on: "host", name: "kubeconfig", ends: "2026-12-30T11:59:59.000Z" },
    { on: "multi", name: "server/tls/serving.crt", ends: "2026-12-30T12:00:00.000Z" },
  ];
  const text = renderStatus({ ...status, certificates }, paintFor({ isTTY: true }, {}), now);
  const lines = text.split("\n");
  const lineOf = (name: string) => lines.find((line) => line.includes(`${name} end`));
  assert.is(
    lineOf("client-admin.crt"),
    "  \u001B[31mmulti: server/tls/client-admin.crt ended on 2026-11-29; `npm run lab:up` renews it\u001B[0m",
  );
  assert.is(lineOf("client-ca.crt"), "  \u001B[33magent1: agent/client-ca.crt ends in 10 days (2026-12-10)\u001B[0m");
  assert.match(lineOf("kubeconfig") ?? "", "ends in 29 days (2026-12-30); `npm run lab:up` renews it");
  assert.is(lineOf("serving.crt"), undefined);
  assert.match(text, "the first ended 1 day ago (2026-11-29): multi");
});

test("a registry that does not answer, and one with much in it", () => {
  const { registry } = status;
  if (registry === undefined) throw new Error("no registry");
  const silent = { ...registry, serving: false, repositories: undefined, disk: undefined };
  assert.match(
    renderStatus({ ...status, registry: silent }, undefined, now),
    "http://10.76.0.10:5000: does not answer\n",
  );
  const repositories = Array.from({ length: 12 }, (_, index) => ({ name: `r${index}`, tags: ["1"] }));
  const text = renderStatus({ ...status, registry: { ...registry, repositories } }, undefined, now);
  assert.match(text, /12 repositories, 12 tags;.*\n.*r9: 1\n +and 2 more; --json has them all\n/s);
  assert.not.match(text, "r10");
});

test("what another user may not see is said so", () => {
  const { network } = status;
  if (network === undefined) throw new Error("no network");
  const unseen = { ...network, missing: undefined, rejected: undefined };
  const text = renderStatus({ ...status, network: unseen, certificates: [] }, undefined, now);
  assert.match(text, "only root can see them\n  Cluster");
  assert.not.match(text, "Certificates");
});

test.run();
