import { parseCidr } from "@k3s-lab/ip";
import { decideHostNetwork, type Host, type HostNetwork } from "../src/index.js";
import { shimMac } from "../src/names.js";
import { desktop, laptop, withLink } from "./fixtures/hosts.js";
import { labOf, refusal } from "./fixtures/labs.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network decide bridged");

const mac = "02:00:00:00:00:17";
/** The desktop, whose card has an address. */
const wired: Host = { ...desktop, links: desktop.links.map((link) => ({ ...link, mac })) };
const onBridge: Host = {
  ...wired,
  links: [
    ...wired.links.map((link) => ({ ...link, master: "br0", addresses: [] })),
    { name: "br0", kind: "bridge", up: true, carrier: true, mtu: 1500, mac, addresses: ["192.168.1.17/24"] },
  ],
  routes: wired.routes.map((route) => ({ ...route, dev: "br0" })),
};

const yamlOf = (network: string, rest = "") => `network: { mode: bridged${network} }\n${rest}`;
const decide = async (host: Host, network = "", rest = "", remembered?: HostNetwork) =>
  decideHostNetwork(await labOf(yamlOf(network, rest)), host, remembered);
const refused = async (host: Host, network = "", rest = "", remembered?: HostNetwork) => {
  const lab = await labOf(yamlOf(network, rest));
  return refusal(() => decideHostNetwork(lab, host, remembered));
};
const address = (given: string) => `nodes: [{ name: multi, role: server, address: ${given} }]\n`;

test("a wired host takes nodes as macvlans, at the high end of its own network, with its router", async () => {
  assert.equal(await decide(wired), {
    uplink: { name: "eth0", gateway: "192.168.1.1", networks: [parseCidr("192.168.1.0/24")] },
    routes: [],
    lan: {
      kind: "macvlan",
      parent: "eth0",
      shim: "k3shim-a1b2c3",
      shimMac: shimMac("a1b2c3", mac),
      hostAddress: "192.168.1.17",
      subnet: parseCidr("192.168.1.0/24"),
      seed: mac,
    },
    gateway: "192.168.1.1",
    hostAddress: "192.168.1.17",
    resolvers: ["192.168.1.1"],
    addresses: { multi: "192.168.1.240", agent1: "192.168.1.241", agent2: "192.168.1.242" },
    podCidr: parseCidr("10.42.0.0/16"),
    serviceCidr: parseCidr("10.43.0.0/16"),
    clusterDns: "10.43.0.10",
  });
});

test("a host on a bridge takes them as its ports", async () => {
  const { lan, uplink } = await decide(onBridge);
  assert.equal(lan, { kind: "bridge", bridge: "br0", subnet: parseCidr("192.168.1.0/24"), seed: mac });
  assert.is(uplink?.name, "br0");
});

test("the seed's own lines are taken", async () => {
  const nodes =
    "nodes: [{ name: multi, role: server, address: 192.168.1.110 }, { name: agent1, address: 192.168.1.111 }]\n";
  const { addresses, gateway, resolvers } = await decide(
    wired,
    ", gateway: 192.168.1.1, nameservers: [8.8.8.8]",
    nodes,
  );
  assert.equal(addresses, { multi: "192.168.1.110", agent1: "192.168.1.111" });
  assert.equal([gateway, resolvers], ["192.168.1.1", ["8.8.8.8"]]);
});

test("addresses are picked from the range, without those of router, host and nameservers, and kept", async () => {
  const { addresses } = await decide(wired, ", addresses: 192.168.1.16-192.168.1.20");
  assert.equal(addresses, { multi: "192.168.1.16", agent1: "192.168.1.18", agent2: "192.168.1.19" });
  const before = await decide(wired);
  const more = `${["a", "b"].map((name) => `{ name: ${name} }`).join(", ")}`;
  const after = await decide(wired, "", `nodes: [{ name: multi, role: server }, ${more}, { name: agent2 }]\n`, before);
  assert.equal(after.addresses, {
    multi: "192.168.1.240",
    a: "192.168.1.241",
    b: "192.168.1.243",
    agent2: "192.168.1.242",
  });
  assert.match(await refused(wired, ", addresses: 192.168.1.16-192.168.1.18"), "has no address left for every node");
});

test("an address that another has, or that is not on the LAN, is refused with the reason", async () => {
  for (const [given, why] of [
    ["192.168.1.1", "is the router's"],
    ["192.168.1.17", "is the host's own (eth0)"],
    ["192.168.1.0", "is the network itself in 192.168.1.0/24"],
    ["192.168.1.255", "is the broadcast address of 192.168.1.0/24"],
    ["192.168.2.7", "is outside of the LAN 192.168.1.0/24"],
  ] as const) {
    assert.match(await refused(wired, "", address(given)), `lab.yaml: nodes.0.address: ${given} ${why}`);
  }
});

test("an interface that no node can be on is refused with its reason, and others are named", async () => {
  const links: readonly (readonly [Partial<Host["links"][number]>, string])[] = [
    [{ name: "wlp5s0", kind: "wifi" }, "wlp5s0 is Wi-Fi: an access point takes one MAC address a station"],
    [{ name: "tel0", kind: "tun" }, "tel0 is a VPN or VIF (tun)"],
    [{ name: "eth1", kind: "wired", master: "bond0" }, "eth1 is a part of bond0"],
    [{ name: "eth1", kind: "wired", up: false }, "eth1 is down"],
    [{ name: "eth1", kind: "wired", carrier: false }, "eth1 has no carrier"],
    [{ name: "ppp0", kind: "ppp" }, "ppp0 is point to point"],
    [{ name: "k3slab-ffffff", kind: "bridge" }, "k3slab-ffffff belongs to a lab"],
  ];
  for (const [link, why] of links) {
    const message = await refused(withLink(wired, link), `, interface: ${link.name}`);
    assert.match(message, `lab.yaml: network.interface: ${why}`);
    assert.match(message, "Name another: eth0 (macvlan) would do");
  }
  assert.match(await refused(wired, ", interface: eth7"), "eth7 is no interface of this host, expected one of eth0");
  const member = await refused(onBridge, ", interface: eth0");
  assert.match(member, "network.interface: eth0 is a part of br0 (bridge). Name another: br0 (bridge) would do");
});

test("by Wi-Fi alone there is no way, and several default routes are told", async () => {
  const wifi = { ...wired, links: wired.links.map((link) => ({ ...link, kind: "wifi" as const })) };
  assert.match(await refused(wifi), "eth0, which has the only default route, is Wi-Fi");
  const unplugged = {
    ...laptop,
    links: laptop.links.map((link) => (link.name === "bond0" ? { ...link, carrier: false } : link)),
  };
  const message = await refused(unplugged);
  assert.match(message, "wlp5s0, which has the only default route that will do, is Wi-Fi");
  assert.match(
    message,
    "wg0, metric 50, is a VPN or VIF (wireguard); bond0, metric 100, has no carrier; wlp5s0, metric 600",
  );
});

test("the host as router is refused, and so is a router outside of the LAN or none at all", async () => {
  assert.match(
    await refused(wired, ", gateway: 192.168.1.17"),
    "network.gateway: 192.168.1.17 is the host itself (eth0)",
  );
  assert.match(
    await refused(wired, ", gateway: 10.0.0.1"),
    "network.subnet: eth0 has 192.168.1.17/24, which is no network that holds the router 10.0.0.1",
  );
  const direct = { ...wired, routes: wired.routes.map((route) => ({ ...route, gateway: undefined }) as never) };
  assert.match(await refused(direct), "network.gateway: no route of the host names a router on eth0");
});

test("resolvers: never the host, a VPN's or a node; the router where the host has none for them", async () => {
  const own = { ...wired, nameservers: ["192.168.1.17"] };
  assert.equal((await decide(own)).resolvers, ["192.168.1.1"]);
  assert.match(await refused(wired, ", nameservers: [192.168.1.17]"), "192.168.1.17 is the host itself");
  assert.match(
    await refused(wired, ", nameservers: [192.168.1.110]", address("192.168.1.110")),
    "network.nameservers.0: 192.168.1.110 is the node multi itself",
  );
  const vpn = withLink(
    {
      ...wired,
      routes: [
        ...wired.routes,
        { dst: "100.64.0.0/10", type: "unicast", table: "52", metric: 0, dev: "tel0", flags: [] },
      ],
    },
    {},
  );
  assert.match(await refused(vpn, ", nameservers: [100.100.100.100]"), "100.100.100.100 is reached by tel0 (tun) only");
});

test("pods and services keep out of the LAN; a lab does not change its mode or its LAN", async () => {
  const first = await decide(wired);
  assert.match(
    await refused(wired, "", "cluster: { podCidr: 192.168.0.0/16 }\n"),
    "overlaps the host's route 192.168.1.0/24",
  );
  const elsewhere: Host = JSON.parse(JSON.stringify(wired).replaceAll("192.168.1.", "10.9.8."));
  assert.match(
    await refused(elsewhere, "", "", first),
    "was made on the LAN 192.168.1.0/24, and the host is on 10.9.8.0/24",
  );
  const lab = await labOf("");
  const toPrivate = refusal(() => decideHostNetwork(lab, wired, first));
  assert.match(toPrivate, "network.mode: is private, and the lab was made bridged");
  const own = decideHostNetwork(lab, wired);
  assert.match(await refused(wired, "", "", own), "network.mode: is bridged, and the lab was made private");
});

test("nodes keep their MAC addresses when the bridge gets another", async () => {
  const first = await decide(onBridge);
  const changed = { ...onBridge, links: onBridge.links.map((link) => ({ ...link, mac: "02:00:00:00:00:99" })) };
  assert.equal(await decide(changed, "", "", first), first);
});

const libvirt = "machines: { provider: vagrant, vagrant: { provider: libvirt } }\n";
const virtualBox = "machines: { provider: vagrant }\n";

test("libvirt's machines are ports of a bridge, and of nothing else", async () => {
  assert.is((await decide(onBridge, "", libvirt)).lan.kind, "bridge");
  const message = await refused(wired, "", libvirt);
  assert.match(message, "network.interface: eth0, which has the only default route, is no bridge");
  assert.match(message, "Make a bridge with the wired card as its port, or use network.mode: private.");
});

test("VirtualBox takes machines onto whatever the host is on the LAN by, Wi-Fi too", async () => {
  const wifi = { ...wired, links: wired.links.map((link) => ({ ...link, kind: "wifi" as const })) };
  for (const [host, bridge] of [
    [wired, "eth0"],
    [wifi, "eth0"],
    [onBridge, "br0"],
  ] as const) {
    const { lan } = await decide(host, "", virtualBox);
    assert.equal(lan, {
      kind: "virtualbox",
      interface: bridge,
      hostAddress: "192.168.1.17",
      subnet: parseCidr("192.168.1.0/24"),
      seed: mac,
    });
  }
  assert.match(
    await refused(withLink(wired, { name: "tel0", kind: "tun" }), ", interface: tel0", virtualBox),
    "tel0 is a VPN",
  );
});

test.run();
