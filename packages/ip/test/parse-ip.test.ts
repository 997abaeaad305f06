import { isVif, parseIp } from "../src/index.js";
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
    laptop.rules.map(({ priority, table, narrowed }) => `${priority} ${table}${narrowed ? " narrowed" : ""}`),
    [
      "0 local",
      "5210 main narrowed",
      "5270 52",
      "32764 main narrowed",
      "32765 51820 narrowed",
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

test("kinds that the build kernel lacks are known by what the kernel says, not by their names", () => {
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

test("a host without ip has nothing, and text that is no JSON is said", () => {
  assert.equal(parseIp("", nothing), { links: [], routes: [], rules: [] });
  assert.throws(() => parseIp("Command line is not complete.\n", nothing), /ip: its JSON could not be read/);
});

test.run();
