import { type LinkKind, parseCidr, routeText, routeTo } from "@k3s-lab/ip";
import { chooseRoutes, refuseRoutes } from "../../src/choose/node-routes.js";
import { notesOnRoutes } from "../../src/choose/unreached.js";
import type { Host } from "../../src/index.js";
import { labTable } from "../../src/lab-table.js";
import { refusal } from "../fixtures/labs.js";
import { bridge, network } from "../fixtures/networks.js";
import { desktop, withLink, withRoute } from "../fixtures/hosts.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network node-routes");

const inside = [network.lan.subnet, network.podCidr, network.serviceCidr];
const { uplink } = network;
/** In the words of `ip route`: what nodes get beyond the uplink's own networks. */
const chosen = (host: Host, by = uplink) => {
  const routes = chooseRoutes(host, { uplink: by, inside, named: [] });
  return labTable({ ...network, uplink: by, routes })
    .slice(by === null ? 5 : 7)
    .map(routeText);
};
const routed = (host: Host, ...dsts: readonly string[]) =>
  dsts.reduce((each, dst) => withRoute(each, { dst, dev: "eth1", gateway: "172.20.0.1" }), host);
const second = (kind: LinkKind) => withLink(desktop, { name: "eth1", kind });

test("nodes use a static route of the uplink, as DHCP or netplan sets it", () => {
  const host = withRoute(desktop, { dst: "10.20.0.0/16", dev: "eth0", gateway: "192.168.1.254" });
  assert.equal(chosen(host), ["10.20.0.0/16 via 192.168.1.254 dev eth0 onlink"]);
});

test("nodes reach networks of a second card, by its router or directly", () => {
  const host = withRoute(routed(second("wired"), "10.0.0.0/8"), {
    dst: "172.20.0.0/24",
    dev: "eth1",
    scope: "link",
    metric: 100,
  });
  const expected = ["10.0.0.0/8 via 172.20.0.1 dev eth1 onlink", "172.20.0.0/24 dev eth1 scope link"];
  assert.equal(chosen(host), expected);
  const alone = [...expected, "192.168.1.0/24 dev eth0 scope link"];
  assert.equal(chosen(host, null), alone, "also where the host has no default route");
});

test("only hardware leads out: of cards, or of what is made of cards", () => {
  const kinds: Readonly<Record<LinkKind, boolean>> = {
    wired: true,
    wifi: true,
    mobile: true,
    // Without a part or a link below that is known.
    bridge: false,
    bond: false,
    vlan: false,
    macvlan: false,
    veth: false,
    loopback: false,
    ppp: false,
    dummy: false,
    tun: false,
    tap: false,
    wireguard: false,
    tunnel: false,
    other: false,
  };
  for (const [kind, leadsOut] of Object.entries(kinds)) {
    const host = routed(second(kind as LinkKind), "10.20.0.0/16");
    assert.is(chosen(host).length, leadsOut ? 1 : 0, kind);
  }
});

test("what is made of links is judged by them", () => {
  const cases: readonly (readonly [kind: LinkKind, parts: readonly LinkKind[], leadsOut: boolean])[] = [
    ["bridge", ["wired", "tap", "veth"], true],
    ["bridge", ["veth", "tap"], false],
    ["bridge", ["wired", "tunnel"], false],
    ["bridge", ["wired", "tun"], false],
    ["bridge", ["wired", "other"], false],
    ["bond", ["wired", "wifi"], true],
    ["bond", ["wired", "tun"], false],
  ];
  for (const [kind, parts, leadsOut] of cases) {
    const host = parts.reduce(
      (each, part, index) => withLink(each, { name: `part${index}`, kind: part, master: "eth1" }),
      second(kind),
    );
    assert.is(chosen(routed(host, "10.20.0.0/16")).length, leadsOut ? 1 : 0, `${kind} of ${parts.join(", ")}`);
  }
  const vlan = (below: LinkKind) =>
    withLink(withLink(desktop, { name: "below", kind: below }), { name: "eth1", kind: "vlan", parent: "below" });
  assert.is(chosen(routed(vlan("wired"), "10.20.0.0/16")).length, 1);
  assert.is(chosen(routed(vlan("tap"), "10.20.0.0/16")).length, 0);
  const ofLab = withLink(desktop, { name: "k3shim-ffffff", kind: "macvlan", parent: "eth0" });
  assert.equal(chosen(withRoute(ofLab, { dst: "192.168.1.230", dev: "k3shim-ffffff" })), [], "another lab's shim");
});

test("what is inside the lab's networks stays out, what is around them leaves them", () => {
  const host = routed(second("wired"), "10.42.7.0/24", "10.43.0.0/16", "10.76.0.10", "10.40.0.0/13");
  assert.equal(chosen(host), ["10.40.0.0/13 via 172.20.0.1 dev eth1 onlink"]);
  const table = labTable({ ...network, routes: chooseRoutes(host, { uplink, inside, named: [] }) });
  assert.is(routeTo(table, "10.42.7.1")?.type, "unreachable");
  assert.is(routeTo(table, "10.43.0.10")?.type, "unreachable");
  assert.is(routeTo(table, "10.44.0.1")?.dev, "eth1");
  assert.is(routeTo(table, "10.76.0.10")?.dev, bridge);
  assert.is(routeTo(table, "9.9.9.9")?.gateway, "192.168.1.1");
});

test("what changes nothing is left out, so that it is no change of the plan", () => {
  // A VPN's server, the router itself as networkd writes it, link-local and multicast routes, another metric.
  const host = [
    { dst: "203.0.113.5", gateway: "192.168.1.1" },
    { dst: "192.168.1.1", scope: "link" },
    { dst: "169.254.0.0/16", scope: "link" },
    { dst: "169.254.169.254", gateway: "192.168.1.1" },
    { dst: "224.0.0.0/4", scope: "link" },
    { dst: "192.168.1.0/24", scope: "link", metric: 600 },
  ].reduce((each, route) => withRoute(each, { dev: "eth0", ...route }), desktop);
  assert.equal(chosen(host), []);
});

test("the lowest metric wins, and what is down or in another table does not count", () => {
  const third = withLink(second("wired"), { name: "wlan0", kind: "wifi" });
  const both = [
    { dst: "10.20.0.0/16", dev: "wlan0", gateway: "172.21.0.1", metric: 600 },
    { dst: "10.20.0.0/16", dev: "eth1", gateway: "172.20.0.1", metric: 100 },
    { dst: "10.21.0.0/16", dev: "eth1", gateway: "172.20.0.1", flags: ["dead", "linkdown"] },
    { dst: "10.22.0.0/16", dev: "eth1", gateway: "172.20.0.1", table: "100" },
    { dst: "10.23.0.0/16", type: "blackhole" },
  ].reduce(withRoute, third);
  assert.equal(chosen(both), ["10.20.0.0/16 via 172.20.0.1 dev eth1 onlink"]);
  const unplugged = withLink(desktop, { name: "eth1", kind: "wired", carrier: false });
  assert.equal(chosen(routed(unplugged, "10.20.0.0/16")), []);
});

test("of a route with several next hops the first is taken; one narrower than the default may lead all ways", () => {
  const host = [
    { dst: "0.0.0.0/1", dev: "eth1", gateway: "172.20.0.1" },
    { dst: "10.20.0.0/16", dev: "eth0", gateway: "192.168.1.2" },
    { dst: "10.20.0.0/16", dev: "eth0", gateway: "192.168.1.3" },
  ].reduce(withRoute, second("wired"));
  assert.equal(chosen(host), [
    "0.0.0.0/1 via 172.20.0.1 dev eth1 onlink",
    "10.20.0.0/16 via 192.168.1.2 dev eth0 onlink",
  ]);
});

const named = (name: string, ...to: readonly string[]) => [{ interface: name, to: to.map(parseCidr) }];

test("nodes use what lab.yaml names, by any kind of link and with its router, while it exists", () => {
  const vpn = withRoute(withLink(desktop, { name: "tun0" }), { dst: "10.50.0.0/16", dev: "tun0", gateway: "10.8.0.5" });
  const found = (host: Host) =>
    chooseRoutes(host, { uplink, inside, named: named("tun0", "10.50.7.0/24", "10.51.0.0/16") }).map(
      ({ to, interface: by, gateway }) => `${to} ${by} ${gateway}`,
    );
  assert.equal(found(desktop), []);
  assert.equal(found(withLink(desktop, { name: "tun0", up: false })), []);
  assert.equal(found(vpn), ["10.51.0.0/16 tun0 undefined", "10.50.7.0/24 tun0 10.8.0.5"]);
});

test("what leads back into the lab is refused, by whatever name", () => {
  const refuse = (host: Host, name: string, ...to: readonly string[]) =>
    refusal(() => refuseRoutes(host, { inside, named: named(name, ...to) }, "lab.yaml"));
  assert.match(refuse(desktop, "tel0", "10.50.0.0/16"), "lab.yaml: network.routes.0.interface: tel0 is Telepresence's");
  const mapped = withRoute(withLink(desktop, { name: "tun3" }), { dst: "10.43.0.0/17", dev: "tun3", table: "52" });
  assert.match(refuse(mapped, "tun3", "10.50.0.0/16"), "tun3 leads to 10.43.0.0/16, which is this lab itself");
  assert.match(refuse(desktop, "k3slab-ffffff", "10.50.0.0/16"), "belongs to a lab");
  assert.match(refuse(desktop, "tun0", "10.50.0.0/16", "10.42.9.0/24"), "10.42.9.0/24 is in the lab's own networks");
  const around = withRoute(withLink(desktop, { name: "tun0" }), { dst: "10.0.0.0/8", dev: "tun0" });
  refuseRoutes(around, { inside, named: named("tun0", "10.0.0.0/8") }, "lab.yaml");
});

test("reports what a VPN maps and nodes do not reach, but not Telepresence", () => {
  const around = { ...network, routes: chooseRoutes(desktop, { uplink, inside, named: [] }) };
  const with3 = ["10.50.0.0/16", "10.51.0.0/16", "0.0.0.0/1", "10.52.0.0/16", "10.53.0.1"].reduce(
    (host, dst) => withRoute(host, { dst, dev: "wg0" }),
    withLink(desktop, { name: "wg0", kind: "wireguard" }),
  );
  assert.match(
    notesOnRoutes(with3, around, []).join("\n"),
    "nodes do not reach what wg0 maps (10.50.0.0/16, 10.51.0.0/16, 10.52.0.0/16 and 1 more); name its networks with network.routes",
  );
  const mapped = withRoute(withLink(desktop, { name: "tun3" }), { dst: "10.43.0.0/16", dev: "tun3" });
  assert.equal(notesOnRoutes(mapped, around, []), []);
  assert.equal(notesOnRoutes(withLink(desktop, { name: "docker0", kind: "bridge" }), around, []), []);
});

test.run();
