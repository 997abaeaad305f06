import { isVif, parseIp, parseIpLines, parseNeighbours, routeText } from "../src/index.js";
import { buildHostSys, buildHostText, laptopSys, laptopText, noHardware } from "./fixtures/recorded.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("parse-ip");
const nothing = () => noHardware;
const buildHost = parseIp(buildHostText, (name) => buildHostSys[name] ?? noHardware);
const laptop = parseIp(laptopText, (name) => laptopSys[name] ?? noHardware);

test("reads links, their addresses, masters and states", () => {
  const link = (name: string) => buildHost.links.find((each) => each.name === name);
  assert.equal(
    buildHost.links.map(({ name, kind }) => `${name} ${kind}`),
    ["lo loopback", "lan0 veth", "docker0 bridge", "vethc2 veth", "vethc1 veth", "vnet0 tap", "tel0 tun"],
  );
  assert.equal(link("lan0")?.addresses, ["192.168.77.10/24"]);
  assert.equal([link("lan0")?.up, link("lan0")?.carrier], [true, true]);
  assert.equal([link("vnet0")?.master, link("vnet0")?.up], ["docker0", false]);
  assert.equal([link("tel0")?.mac, link("tel0")?.ipv6], [undefined, "none"]);
});

test("reads routes of every table, and rules", () => {
  const route = buildHost.routes.find(({ dst }) => dst === "default");
  assert.equal(route, {
    dst: "default",
    type: "unicast",
    table: "main",
    metric: route?.metric,
    protocol: "boot",
    scope: "global",
    dev: "lan0",
    gateway: "192.168.77.1",
    flags: [],
  });
  assert.ok(buildHost.routes.some(({ table, type }) => table === "local" && type === "local"));
  assert.equal(
    laptop.rules.map(({ priority, table, mark, narrowed }) =>
      [priority, table, mark && `mark ${mark}`, narrowed && "narrowed"]
        .filter((word) => word !== undefined && word !== false)
        .join(" "),
    ),
    [
      "0 local",
      "5210 main mark 0x80000/0xff0000",
      "5270 52",
      "32764 main narrowed",
      "32765 51820 mark 0xca6c/0xffffffff narrowed",
      "32766 main",
      "32767 default",
    ],
  );
});

test("a route over several next hops counts once for each", () => {
  const nexthops = [
    { gateway: "192.168.1.1", dev: "eth0", weight: 1, flags: [] },
    { gateway: "192.168.2.1", dev: "eth1", weight: 1, flags: ["linkdown"] },
  ];
  const text = `[]\n[]\n${JSON.stringify([{ dst: "default", table: "main", metric: 100, flags: [], nexthops }])}\n[]\n`;
  const { routes } = parseIp(text, nothing);
  assert.equal(
    routes.map(({ dev, gateway, metric, flags }) => [dev, gateway, metric, ...flags]),
    [
      ["eth0", "192.168.1.1", 100],
      ["eth1", "192.168.2.1", 100, "linkdown"],
    ],
  );
});

test("kinds that the build kernel lacks are recognized by what the kernel reports, not by their names", () => {
  assert.equal(
    laptop.links.map((link) => `${link.name} ${link.kind}${isVif(link) ? " vif" : ""}`),
    [
      "lo loopback",
      "enp0s31f6 wired",
      "enx0050b6 wired",
      "wlp5s0 wifi",
      "bond0 bond",
      "wg0 wireguard vif",
      "tailscale0 tun vif",
      "dummy0 dummy",
      "wwan0 mobile",
      "ppp0 ppp",
      "tel0 wired",
    ],
  );
  assert.equal(
    laptop.links.filter(({ master }) => master === "bond0").map(({ name, carrier }) => [name, carrier]),
    [
      ["enp0s31f6", true],
      ["enx0050b6", false],
    ],
  );
});

test("a host without ip has nothing, and text that is no JSON is refused", () => {
  assert.equal(parseIp("", nothing), { links: [], routes: [], rules: [] });
  assert.throws(() => parseIp("Command line is not complete.\n", nothing), /ip: its JSON could not be read/);
});

test("reads where a VXLAN sends its packets", () => {
  const flannel = {
    ifname: "flannel.1",
    flags: ["UP"],
    mtu: 1450,
    linkinfo: { info_kind: "vxlan", info_data: { link: "eth0", local: "10.76.0.10" } },
  };
  const { links } = parseIp(JSON.stringify([flannel, { ifname: "eth0", flags: [], mtu: 1500, link_type: "ether" }]));
  assert.equal(
    links.map(({ vxlan }) => vxlan),
    [{ link: "eth0", local: "10.76.0.10" }, undefined],
  );
});

test("reads neighbours that have told their MAC address", () => {
  const router = { dst: "10.76.0.1", dev: "eth0", lladdr: "02:00:00:00:00:0A", state: ["STALE"] };
  const text = JSON.stringify([router, { ...router, state: ["REACHABLE"] }, { dst: "10.76.0.9", state: ["FAILED"] }]);
  const known = { address: "10.76.0.1", mac: "02:00:00:00:00:0a", dev: "eth0" };
  assert.equal(parseNeighbours(text), [
    { ...known, stale: true },
    { ...known, stale: false },
  ]);
  assert.equal(parseNeighbours(""), []);
});

/** A look at a node, without the keys whose values are not known. */
const look = (text: string) => {
  const { addresses, routes, neighbours } = parseIpLines(text.split("\n"));
  return {
    addresses,
    routes: routes.map(routeText),
    neighbours: neighbours.map(({ address, mac }) => `${address} ${mac}`),
  };
};

test("reads what a node tells of one link, by JSON and by the ip of busybox", () => {
  const expected = {
    addresses: ["10.76.0.11/24"],
    routes: ["default via 10.76.0.1 dev eth0 metric 202"],
    neighbours: ["10.76.0.1 02:00:00:00:00:01"],
  };
  const json = `link eth0
[{"ifname":"eth0","addr_info":[{"family":"inet","local":"10.76.0.11","prefixlen":24,"label":"eth0"}]}]
[{"dst":"default","gateway":"10.76.0.1","dev":"eth0","metric":202,"flags":[]}]
[{"dst":"10.76.0.1","lladdr":"02:00:00:00:00:01","state":["STALE"]},{"dst":"10.76.0.9","state":["FAILED"]}]
resolver 192.0.2.53`;
  assert.equal(look(json), expected);
  const plain = `link eth0
3: eth0    inet 10.76.0.11/24 scope global eth0\\       valid_lft forever preferred_lft forever
default via 10.76.0.1 dev eth0  metric 202
10.76.0.1 lladdr 02:00:00:00:00:01 ref 1 used 0/0/0 probes 1 REACHABLE
10.76.0.9  used 0/0/0 probes 6 FAILED
resolver 192.0.2.53`;
  assert.equal(look(plain), expected);
  assert.equal(look(""), { addresses: [], routes: [], neighbours: [] });
});

test.run();
