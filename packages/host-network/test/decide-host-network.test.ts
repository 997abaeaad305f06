import { parseCidr } from "@k3s-lab/ip";
import { decideHostNetwork, type Host, type HostNetwork } from "../src/index.js";
import { routingTable } from "../src/names.js";
import { desktop, laptop, withLink, withRoute } from "./fixtures/hosts.js";
import { labOf, refusal } from "./fixtures/labs.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network decide");

const standard: HostNetwork = {
  uplink: { name: "eth0", gateway: "192.168.1.1", networks: [parseCidr("192.168.1.0/24")] },
  routes: [],
  lan: { kind: "private", bridge: "k3slab-a1b2c3", subnet: parseCidr("10.76.0.0/24") },
  gateway: "10.76.0.1",
  hostAddress: "10.76.0.1",
  resolvers: ["192.168.1.1"],
  addresses: { multi: "10.76.0.10", agent1: "10.76.0.11", agent2: "10.76.0.12" },
  podCidr: parseCidr("10.42.0.0/16"),
  serviceCidr: parseCidr("10.43.0.0/16"),
  clusterDns: "10.43.0.10",
};

const vpn = (...dsts: readonly string[]): Host =>
  dsts.reduce((host, dst) => withRoute(host, { dst, dev: "tel0", table: "52" }), withLink(desktop, {}));
const decide = async (host: Host, yaml = "", remembered?: HostNetwork) =>
  decideHostNetwork(await labOf(yaml), host, remembered);
const refused = async (host: Host, yaml: string, remembered?: HostNetwork) => {
  const lab = await labOf(yaml);
  return refusal(() => decideHostNetwork(lab, host, remembered));
};

test("an ordinary host gets the familiar networks", async () => {
  assert.equal(await decide(desktop), standard);
});

test("what is picked overlaps no route, of whatever table and link", async () => {
  const { lan, podCidr, serviceCidr, clusterDns } = await decide(vpn("10.42.5.0/24", "10.43.0.0/17", "10.76.0.0/22"));
  assert.equal([lan.subnet, podCidr, serviceCidr, clusterDns].map(String), [
    "10.76.4.0/24",
    "10.32.0.0/16",
    "10.33.0.0/16",
    "10.33.0.10",
  ]);
});

test("a VPN that routes all of 10.0.0.0/8, or all private networks, leaves others", async () => {
  const one = await decide(vpn("10.0.0.0/8"));
  assert.equal([one.lan.subnet, one.podCidr, one.serviceCidr].map(String), [
    "172.30.0.0/24",
    "172.16.0.0/16",
    "172.17.0.0/16",
  ]);
  const all = await decide(vpn("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"));
  assert.equal([all.lan.subnet, all.podCidr, all.serviceCidr].map(String), [
    "198.18.76.0/24",
    "100.64.0.0/16",
    "100.65.0.0/16",
  ]);
  assert.is(String((await decide(laptop)).lan.subnet), "172.30.0.0/24");
});

test("where all that is private is routed elsewhere, or nowhere, benchmark networks are taken", async () => {
  const taken = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];
  const nowhere = taken.reduce((host, dst) => withRoute(host, { dst, type: "blackhole" }), desktop);
  for (const host of [vpn(...taken), nowhere]) {
    const { lan, podCidr, serviceCidr, clusterDns } = await decide(host);
    assert.equal([lan.subnet, podCidr, serviceCidr, clusterDns].map(String), [
      "198.18.76.0/24",
      "198.19.0.0/16",
      "198.18.0.0/20",
      "198.18.0.10",
    ]);
  }
  // A proxy's made-up addresses (Clash, sing-box) are half of them.
  const half = await decide(vpn(...taken, "198.18.0.0/16"));
  assert.equal([half.lan.subnet, half.podCidr, half.serviceCidr].map(String), [
    "198.19.76.0/24",
    "198.19.128.0/17",
    "198.19.0.0/20",
  ]);
});

test("networks that lab.yaml routes to a VPN are kept out of the lab's, connected or not; an older lab stays", async () => {
  const yaml = "network: { routes: [{ interface: tun0, to: [10.40.0.0/13] }] }\n";
  const { podCidr, serviceCidr, routes } = await decide(desktop, yaml);
  assert.equal([podCidr, serviceCidr].map(String), ["10.32.0.0/16", "10.33.0.0/16"]);
  assert.equal(routes, [], "tun0 is not there");
  assert.equal(await decide(desktop, yaml, standard), standard);
  assert.match(
    await refused(desktop, `cluster: { podCidr: 10.42.0.0/16 }\n${yaml}`),
    "10.42.0.0/16 overlaps network.routes, 10.40.0.0/13 by tun0",
  );
});

test("pieces of the default route are in the way of no network", async () => {
  const pieces = ["0.0.0.0/1", "128.0.0.0/1", "0.0.0.0/2", "64.0.0.0/2", "8.0.0.0/7"];
  assert.equal(await decide(vpn(...pieces)), standard);
});

test("the lab's own routes are in the way of no network, another lab's are", async () => {
  const own = [
    { dst: "10.76.0.0/24", dev: "k3slab-a1b2c3" },
    { dst: "10.42.0.0/16", type: "unreachable", table: routingTable("a1b2c3") },
  ].reduce(withRoute, desktop);
  assert.equal(await decide(own), standard);
  const other = withRoute(desktop, { dst: "10.76.0.0/24", dev: "k3slab-ffffff" });
  assert.is(String((await decide(other)).lan.subnet), "10.76.1.0/24");
});

test("the choice is kept, though a VIF maps it now: that is this lab", async () => {
  const host = vpn("10.42.0.0/16", "10.43.0.0/16", "10.76.0.0/24");
  assert.equal(await decide(host, "", standard), standard);
  const yaml = "cluster: { podCidr: 10.42.0.0/16, serviceCidr: 10.43.0.0/16 }\nnetwork: { subnet: 10.76.0.0/24 }\n";
  assert.equal(await decide(host, yaml, standard), standard);
});

test("what lab.yaml names is taken, and others keep out of its way", async () => {
  const yaml = "network: { subnet: 10.43.7.0/24 }\ncluster: { podCidr: 10.32.0.0/15 }\n";
  const { lan, podCidr, serviceCidr } = await decide(desktop, yaml);
  assert.equal([lan.subnet, podCidr, serviceCidr].map(String), ["10.43.7.0/24", "10.32.0.0/15", "10.34.0.0/16"]);
  // Also out of the way of what was picked before.
  assert.is(String((await decide(desktop, "network: { subnet: 10.42.7.0/24 }\n", standard)).podCidr), "10.32.0.0/16");
});

test("what lab.yaml names and the host has already is refused, naming both", async () => {
  const said = await refused(vpn("10.0.0.0/8"), "cluster: { podCidr: 10.42.0.0/16 }\n");
  assert.match(said, "lab.yaml: cluster.podCidr: 10.42.0.0/16 overlaps the host's route 10.0.0.0/8 (tel0).");
  assert.match(
    await refused(desktop, "network: { subnet: 192.168.0.0/16 }\n"),
    "the host's route 192.168.1.0/24 (eth0)",
  );
  // A VIF is no excuse for a network that the lab does not have yet.
  const yaml = "cluster: { serviceCidr: 10.50.0.0/16 }\n";
  assert.match(await refused(vpn("10.50.0.0/16"), yaml, standard), "cluster.serviceCidr: 10.50.0.0/16 overlaps");
});

test("a host that was carried into the lab's own subnet is told so; pods and services stay", async () => {
  const moved = withRoute(desktop, { dst: "10.76.0.0/16", dev: "eth0" });
  assert.match(
    await refused(moved, "", standard),
    "10.76.0.0/24, chosen earlier, now overlaps the host's route 10.76.0.0/16",
  );
  assert.equal(await decide(withRoute(desktop, { dst: "10.42.0.0/16", dev: "eth0" }), "", standard), standard);
});

test("nodes keep their addresses, new ones get what is free", async () => {
  const nodes = (...names: string[]) =>
    `nodes: [{ name: multi, role: server }, ${names.map((name) => `{ name: ${name} }`).join(", ")}]\n`;
  const { addresses } = await decide(desktop, nodes("agent2", "agent3"), standard);
  assert.equal(addresses, { multi: "10.76.0.10", agent2: "10.76.0.12", agent3: "10.76.0.11" });
  const fixed =
    "network: { subnet: 10.76.0.0/24 }\nnodes: [{ name: a, address: 10.76.0.10 }, { name: multi, role: server }, { name: b }]\n";
  assert.equal((await decide(desktop, fixed, standard)).addresses, {
    a: "10.76.0.10",
    multi: "10.76.0.11",
    b: "10.76.0.12",
  });
  assert.equal((await decide(desktop, "network: { subnet: 10.77.0.0/24 }\n", standard)).addresses.multi, "10.77.0.10");
});

test("a small network is used to its last address; more nodes than auto has room for are refused", async () => {
  const nodes = (count: number) =>
    `nodes: [${Array.from({ length: count }, (_, i) => `{ name: n${i}, role: ${i === 0 ? "server" : "agent"} }`).join(", ")}]\n`;
  const { addresses } = await decide(desktop, `network: { subnet: 10.76.0.0/29 }\n${nodes(5)}`);
  assert.equal(
    Object.values(addresses),
    [2, 3, 4, 5, 6].map((last) => `10.76.0.${last}`),
  );
  assert.is(new Set(Object.values((await decide(desktop, nodes(253))).addresses)).size, 253);
  assert.match(await refused(desktop, nodes(254)), "lab.yaml: nodes: 10.76.0.0/24 has room for 253, expected 254");
});

test("resolvers are what a node can reach, never the host", async () => {
  assert.equal((await decide(laptop)).resolvers, ["192.168.1.1"], "neither Tailscale's nor the host's own address");
  assert.equal((await decide(desktop, "network: { nameservers: [9.9.9.9] }\n")).resolvers, ["9.9.9.9"]);
  assert.match(await refused(desktop, "network: { nameservers: [192.168.1.17] }\n"), "192.168.1.17 is the host itself");
  // A VPN that takes all traffic by halves does not make a public resolver unreachable for a node.
  const halves = { ...vpn("0.0.0.0/1", "128.0.0.0/1"), nameservers: ["9.9.9.9"] };
  assert.equal((await decide(halves)).resolvers, ["9.9.9.9"]);
});

/** Returns the servers that nodes ask on a desktop with these nameservers, and the spare ones. */
async function asked(nameservers: readonly string[], more: Partial<Host> = {}) {
  const { resolvers, spareResolvers = [] } = await decide({ ...desktop, ...more, nameservers });
  return [resolvers, spareResolvers];
}

test("a host that asks itself, only IPv6 servers or none leaves the router", async () => {
  const wsl = { name: "lo", kind: "loopback" as const, addresses: ["127.0.0.1/8", "10.255.255.254/32"] };
  for (const [nameservers, host] of [
    [["127.0.0.1"], {}],
    [["127.0.2.2"], {}],
    [["fd00::1", "fe80::1%eth0"], {}],
    [["127.0.0.53"], { behind: [{ file: "resolved", nameservers: ["fe80::1%2"], search: [] }] }],
    [["192.168.1.17"], {}],
    [["10.255.255.254"], { links: withLink(desktop, wsl).links }],
    [[], { search: ["corp.example"] }],
  ] as const) {
    assert.equal(await asked(nameservers, host), [["192.168.1.1"], []], nameservers.join());
  }
});

test("behind a VPN's resolver stand those that it has put aside, then the router", async () => {
  const tailscale = withRoute(withLink(desktop, { name: "tailscale0" }), {
    dst: "100.100.100.100",
    dev: "tailscale0",
    table: "52",
  });
  const own = { ...tailscale, nameservers: ["100.100.100.100"] };
  assert.equal(await asked(own.nameservers, own), [["192.168.1.1"], []]);
  const behind = [{ file: "backup", nameservers: ["192.168.1.53", "100.100.100.100"], search: [] }];
  assert.equal(await asked(own.nameservers, { ...own, behind }), [["192.168.1.53"], ["192.168.1.1"]]);
});

test("a server that a VPN leads to is left out only where nothing else leads there", async () => {
  const by = (dst: string, more: Partial<Host["routes"][number]> = {}) =>
    withRoute(withLink(desktop, { name: "wg0", kind: "wireguard" }), { dst, dev: "wg0", ...more });
  // AllowedIPs that leave the LAN out: a public server answers by the uplink, too.
  assert.equal(await asked(["193.110.81.0"], by("193.0.0.0/8")), [["193.110.81.0"], ["192.168.1.1"]]);
  assert.equal(await asked(["10.50.0.53"], by("10.0.0.0/8")), [["192.168.1.1"], []]);
  assert.equal(await asked(["10.50.0.53"], {}), [["10.50.0.53"], ["192.168.1.1"]], "behind the router");
  // The LAN is nearer than what the VPN claims of it.
  assert.equal(await asked(["192.168.1.53"], by("192.168.0.0/16")), [["192.168.1.53"], ["192.168.1.1"]]);
  assert.equal(await asked(["192.168.1.53"], by("192.168.1.53")), [["192.168.1.53"], ["192.168.1.1"]]);
});

test("a network of the host's own, such as that of its virtual machines, is no way for nodes; a card's is", async () => {
  const second = (kind: "bridge" | "wired") =>
    withRoute(withLink(desktop, { name: "net1", kind, addresses: ["192.168.122.1/24"] }), {
      dst: "192.168.122.0/24",
      dev: "net1",
      scope: "link",
    });
  assert.equal(await asked(["192.168.122.9"], second("bridge")), [["192.168.1.1"], []]);
  assert.equal(await asked(["192.168.122.9"], second("wired")), [["192.168.122.9"], ["192.168.1.1"]]);
});

test("search domains go with the servers that the host asks; lab.yaml's come first", async () => {
  const host = { ...desktop, search: ["corp.example"] };
  assert.equal((await decide(host)).search, ["corp.example"]);
  assert.is((await decide({ ...host, nameservers: ["127.0.0.1"] })).search, undefined, "the router's are not known");
  assert.equal((await decide(host, "network: { search: [a.example, b.example] }\n")).search, [
    "a.example",
    "b.example",
  ]);
  assert.is((await decide(host, "network: { search: [] }\n")).search, undefined);
  // A host that is itself a pod of some cluster.
  const pod = { ...desktop, search: ["default.svc.cluster.local", "cluster.local", "lan"] };
  assert.equal((await decide(pod)).search, ["lan"]);
});

test("without an uplink nodes keep the resolvers they had", async () => {
  const off: Host = { ...desktop, routes: [], nameservers: [] };
  assert.equal(await decide(off, "", standard), { ...standard, uplink: null });
  assert.equal((await decide(off)).resolvers, []);
});

test("the decision is the same every time, whatever has been recorded beside it", async () => {
  const recorded = { schema: 1, ...standard } as HostNetwork;
  assert.equal(await decide(desktop, "", recorded), standard);
});

test.run();
