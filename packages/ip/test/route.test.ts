import { leadsOut, parseRoute, type RouteParts, routeText } from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("route");

test("a route has one text form, which is read again", () => {
  for (const text of [
    "default via 10.76.0.1 dev eth0",
    "default via 192.168.1.1 dev eth0 onlink",
    "10.76.0.0/24 dev k3slab-a1b2c3 scope link",
    "unreachable default metric 4278198272",
    "unreachable 10.42.0.0/16",
    "local 127.0.0.1 dev lo",
  ]) {
    assert.is(routeText(parseRoute(text)), text);
  }
});

test("what does not matter to a lab is not in the text", () => {
  const route: RouteParts = { dst: "default", gateway: "10.76.0.1", dev: "eth0" };
  assert.is(routeText(route), "default via 10.76.0.1 dev eth0");
  const more = { ...route, type: "unicast", table: "main", metric: 0, protocol: "dhcp", flags: ["linkdown"] };
  assert.is(routeText({ ...more, scope: "global" }), routeText(route));
});

test("reads what `ip route` prints", () => {
  assert.equal(parseRoute("default via 192.168.1.1 dev wlan0 proto dhcp src 192.168.1.17 metric 600 linkdown \n"), {
    dst: "default",
    type: "unicast",
    table: "main",
    metric: 600,
    dev: "wlan0",
    gateway: "192.168.1.1",
    protocol: "dhcp",
    scope: undefined,
    flags: ["linkdown"],
  });
  assert.is(parseRoute("10.0.0.0/8 dev tun0 table 52 scope link").table, "52");
});

test("what leads out is neither the host's own address nor a refusal", () => {
  const leading = (line: string) => leadsOut(parseRoute(line));
  assert.ok(leading("default via 192.168.1.1 dev eth0"));
  assert.ok(leading("10.0.0.0/8 dev tun0 table 52"), "of any table");
  for (const line of [
    "local 10.0.0.1 dev eth0 table local",
    "10.0.0.1 dev eth0 table local",
    "unreachable 10.42.0.0/16",
  ]) {
    assert.not(leading(line), line);
  }
});

test.run();
