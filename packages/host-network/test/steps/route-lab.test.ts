import { planRoutes } from "../../src/steps/route-lab.js";
import { routeText } from "@k3s-lab/ip";
import { labTable } from "../../src/lab-table.js";
import { desktop, laptop } from "../fixtures/hosts.js";
import { bridge, lab, made, network, table } from "../fixtures/networks.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network route-lab");
const last = "unreachable default metric 4278198272";
const add = (route: string) => `route add ${route} table ${table}`;

test("what must not be missing for a moment comes first", () => {
  const { lines } = planRoutes(lab, network, desktop);
  assert.equal(lines, [
    add(last),
    add("unreachable 10.76.0.0/24 metric 4278198272"),
    add("unreachable 10.42.0.0/16"),
    add("unreachable 10.43.0.0/16"),
    add(`10.76.0.0/24 dev ${bridge} scope link`),
    add("192.168.1.0/24 dev eth0 scope link"),
    add("default via 192.168.1.1 dev eth0 onlink"),
    `rule add priority 1075 iif ${bridge} fwmark 0x4b000000/0xff000000 lookup main`,
    `rule add priority 1076 iif ${bridge} lookup ${table}`,
    `rule add priority 1077 to 10.76.0.0/24 lookup ${table}`,
  ]);
});

test("stands before every VPN's rules", () => {
  const first = Math.min(...laptop.rules.filter(({ priority }) => priority > 0).map(({ priority }) => priority));
  const rule = planRoutes(lab, network, laptop).lines.at(-1) ?? "";
  assert.ok(Number(/priority (\d+)/.exec(rule)?.[1]) < first);
});

test("nothing to do where all stands, though the bridge has no port yet", () => {
  assert.equal(planRoutes(lab, network, made), { lines: [], changes: [], isNew: false });
});

test("a router's absence is a route by the device, an uplink's the unreachable ones alone", () => {
  const ppp = { ...network, uplink: { name: "ppp0", networks: [] } };
  assert.is(labTable(ppp).map(routeText).at(-1), "default dev ppp0 scope link");
  assert.is(labTable({ ...network, uplink: null }).length, 5);
  assert.equal(planRoutes(lab, { ...network, uplink: null }, made).lines, [
    `route delete 192.168.1.0/24 dev eth0 scope link table ${table}`,
    `route delete default via 192.168.1.1 dev eth0 onlink table ${table}`,
  ]);
});

test("a new router changes its own route only", () => {
  const moved = { ...network, uplink: { ...network.uplink!, gateway: "192.168.1.254" } };
  assert.equal(planRoutes(lab, moved, made).lines, [
    `route delete default via 192.168.1.1 dev eth0 onlink table ${table}`,
    add("default via 192.168.1.254 dev eth0 onlink"),
  ]);
});

test("a rule that differs is replaced, those of others are left", () => {
  const host = {
    ...made,
    rules: [
      { priority: 900, iif: bridge, table: "main", narrowed: false },
      { priority: 950, iif: "k3slab-ffffff", table: "7", narrowed: false },
      { priority: 1076, iif: bridge, table, narrowed: true },
      { priority: 1077, to: "10.75.0.0/24", table, narrowed: false },
    ],
  };
  assert.equal(planRoutes(lab, network, host).lines, [
    `rule delete priority 900 iif ${bridge} lookup main`,
    `rule delete priority 1076 iif ${bridge} lookup ${table}`,
    `rule delete priority 1077 to 10.75.0.0/24 lookup ${table}`,
    `rule add priority 1075 iif ${bridge} fwmark 0x4b000000/0xff000000 lookup main`,
    `rule add priority 1076 iif ${bridge} lookup ${table}`,
    `rule add priority 1077 to 10.76.0.0/24 lookup ${table}`,
  ]);
});

test.run();
