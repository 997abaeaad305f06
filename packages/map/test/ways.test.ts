// Each guard alone stops a request, and without all of them it loops: docs/recursion.md has the same, measured.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { buildTopology } from "../src/build-topology.js";
import type { Observed } from "../src/index.js";
import type { Way } from "../src/topology.js";
import { tellingWay } from "../src/ways.js";
import {
  absent,
  bridged,
  broken,
  guarding,
  healthy,
  looping,
  unguarded,
  unseen,
  withNode,
  withoutHostGuard,
  withoutTable,
  withVif,
} from "./fixtures/labs.js";

const test = suite("map: ways of requests");

function wayIn(seen: Observed, id: string): Way {
  const way = buildTopology(seen).ways.find((each) => each.id === id);
  assert.ok(way, `no way ${id}`);
  return way as Way;
}

/** "cut at table", "loops at pods agent1" */
function endIn(seen: Observed, id: string): string {
  const { verdict, stops } = wayIn(seen, id);
  return `${verdict} at ${stops.at(-1)?.at}`;
}

const nodesUnguarded = (seen: Observed) =>
  ["multi", "agent1", "agent2"].reduce((each, name) => withNode(each, name, { guard: unguarded }), seen);

test("without a VIF, the host sends what is for services to its router", () => {
  assert.is(endIn(healthy, "host-served"), "left at router");
  assert.is(endIn(healthy, "host-unserved"), "left at router");
});

test("with a VIF, a served address answers, and an unserved one is cut on the node", () => {
  assert.is(endIn(withVif(healthy), "host-served"), "answered at pods agent2");
  assert.is(endIn(withVif(healthy), "host-unserved"), "cut at guard agent2");
  assert.is(endIn(withVif(healthy), "pod-unserved"), "cut at guard agent2");
  assert.equal(
    wayIn(withVif(healthy), "host-unserved").stops.map(({ at }) => at),
    ["programs", "routes", "link tel0", "pods agent2", "guard agent2"],
  );
});

test("a pod reaches a service on another node through both guards, and the internet through the host's", () => {
  assert.is(endIn(healthy, "pod-served"), "answered at pods multi");
  assert.equal(
    wayIn(healthy, "pod-outside").stops.map(({ at }) => at),
    ["pods agent2", "guard agent2", "link k3slab-a1b2c3", "table", "host-guard", "link eth0", "lan", "router"],
  );
  assert.is(wayIn(healthy, "pod-outside").verdict, "left");
});

test("the lab's table cuts what an unguarded node lets out", () => {
  assert.is(endIn(nodesUnguarded(withVif(healthy)), "host-unserved"), "cut at table");
});

test("the host guard cuts it where the table is missing", () => {
  assert.is(endIn(nodesUnguarded(withoutTable(withVif(healthy))), "host-unserved"), "cut at host-guard");
});

test("without any guard it loops: by the VIF, and back to the pod", () => {
  const way = wayIn(looping, "pod-unserved");
  assert.is(way.verdict, "loops");
  assert.equal(
    way.stops.map(({ at }) => at),
    ["pods agent1", "guard agent1", "link k3slab-a1b2c3", "routes", "host-guard", "link tel0", "pods agent1"],
  );
  assert.equal(
    way.stops.slice(-2).map(({ is }) => is),
    ["looped", "looped"],
  );
  assert.ok(buildTopology(looping).faults.includes("A request loops: from a pod to an unserved address."));
});

test("one unguarded node among guarded ones is the one that is drawn", () => {
  const seen = withNode(withVif(healthy), "agent1", { guard: unguarded });
  assert.is(wayIn(seen, "pod-unserved").stops[0]?.at, "pods agent1");
});

test("without a VIF and without guards it leaves once, and does not come back", () => {
  assert.is(endIn(nodesUnguarded(withoutHostGuard(withoutTable(healthy))), "pod-unserved"), "left at router");
});

test("what could not be seen is never called a cut, nor a loop for sure", () => {
  const seen = unseen(withoutTable(withVif(healthy)));
  const { verdict, stops } = wayIn(seen, "host-unserved");
  assert.is(verdict, "may-loop");
  assert.equal(
    stops.filter(({ is }) => is === "perhaps").map(({ at }) => at),
    ["guard agent2", "host-guard"],
  );
  // The kernel tells every user that the table refuses.
  assert.is(endIn(unseen(withVif(healthy)), "host-unserved"), "cut at table");
});

test("a host that forwards nothing, or has lost its bridge, lets nothing out", () => {
  const still = nodesUnguarded(withoutHostGuard(withoutTable(withVif(healthy))));
  const closed = { ...still, host: { ...still.host, forwarding: "0" } };
  assert.is(endIn(closed, "pod-unserved"), "stuck at link k3slab-a1b2c3");
  const links = still.host.links.filter(({ name }) => !name.startsWith("k3slab-"));
  const cutOff = { ...still, host: { ...still.host, links } };
  assert.is(endIn(cutOff, "pod-outside"), "stuck at link k3slab-a1b2c3");
});

test("on the host's LAN the router ends it, also where the node is not guarded", () => {
  assert.is(endIn(bridged, "pod-unserved"), "cut at guard agent1");
  assert.is(endIn(withNode(bridged, "agent1", { guard: unguarded }), "pod-unserved"), "left at router");
});

test("a default route that is not the lab's leads past all guards of the host", () => {
  const routes = [{ to: "default", via: "10.0.2.2", dev: "eth0" }];
  const seen = withNode(withVif(bridged), "agent1", { guard: unguarded, routes });
  assert.is(wayIn(seen, "pod-unserved").verdict, "may-loop");
  const byHost = [{ to: "default", via: "192.168.1.17", dev: "eth0" }];
  assert.is(wayIn(withNode(seen, "agent1", { routes: byHost }), "pod-unserved").verdict, "loops");
  const right = [{ to: "default", via: "192.168.1.1", dev: "eth0" }];
  assert.is(wayIn(withNode(seen, "agent1", { routes: right }), "pod-unserved").verdict, "left");
});

test("a route of the host's own to a node leads onto it", () => {
  const { answers } = healthy;
  assert.ok(answers);
  const by = { kind: "by", dev: "k3slab-a1b2c3", gateway: "10.76.0.10" } as const;
  const seen: Observed = { ...healthy, answers: { ...answers!, host: { served: by, unserved: by, outside: by } } };
  assert.is(endIn(seen, "host-served"), "answered at pods multi");
  assert.is(endIn(seen, "host-unserved"), "cut at guard multi");
});

test("no way starts where no node runs, and none is drawn without a lab", () => {
  const stopped = ["multi", "agent1", "agent2"].reduce(
    (each, name) => withNode(each, name, { machine: "stopped", ready: false, guard: undefined }),
    withVif(healthy),
  );
  assert.is(wayIn(stopped, "pod-served").verdict, "stuck");
  assert.is(endIn(stopped, "host-served"), "stuck at link tel0");
  assert.equal(buildTopology(absent).ways, []);
});

test("a stopped node is not the one that dials", () => {
  assert.is(wayIn(broken, "pod-unserved").stops[0]?.at, "pods agent1");
});

test("the picture shows the worst way first", () => {
  assert.is(tellingWay(buildTopology(looping).ways)?.id, "host-unserved");
  assert.is(tellingWay(buildTopology(healthy).ways)?.id, "pod-unserved");
  assert.is(tellingWay([]), undefined);
});

test("where a VPN has the default route, the host guard keeps nodes out of it", () => {
  const seen = withoutTable(healthy);
  const answers = seen.answers!;
  const byVpn = { kind: "by", dev: "tun0" } as const;
  const vpn: Observed = {
    ...seen,
    host: {
      ...seen.host,
      links: [...seen.host.links, { name: "tun0", kind: "tun", up: true, carrier: true, mtu: 1500, addresses: [] }],
    },
    answers: { ...answers, node: { ...answers.node!, outside: byVpn } },
  };
  assert.is(endIn(vpn, "pod-outside"), "stuck at host-guard");
  assert.is(endIn(withoutHostGuard(vpn), "pod-outside"), "left at link tun0");
});

test("a VPN that has the default route leads away, and not into the cluster", () => {
  const byTun = { kind: "by", dev: "tun0" } as const;
  const all = { served: byTun, unserved: byTun, outside: byTun };
  const bare = nodesUnguarded(withoutHostGuard(withoutTable(healthy)));
  const tun0 = { name: "tun0", kind: "tun", up: true, carrier: true, mtu: 1500, addresses: [] } as const;
  for (const dst of ["default", "0.0.0.0/1"]) {
    const route = { dst, type: "unicast", table: "main", metric: 0, dev: "tun0", flags: [] };
    const host = { ...bare.host, links: [...bare.host.links, tun0], routes: [...bare.host.routes, route] };
    const vpn: Observed = { ...bare, host, answers: { host: all, node: all } };
    assert.is(endIn(vpn, "host-served"), "left at link tun0", dst);
    assert.is(endIn(vpn, "pod-unserved"), "left at link tun0", dst);
  }
});

test("an uplink without a network or a router is where the way ends", () => {
  const uplink = { name: "eth0", networks: [] };
  const seen: Observed = { ...healthy, network: { ...healthy.network!, uplink } };
  assert.is(endIn(seen, "pod-outside"), "left at link eth0");
  assert.is(wayIn(seen, "pod-outside").stops.at(-1)?.is, "left");
  const { edges, elements } = buildTopology({
    ...seen,
    network: { ...seen.network!, uplink: { ...uplink, gateway: "10.0.0.1" } },
  });
  assert.ok(edges.some(({ from, to }) => from === "router" && to === "link eth0"));
  assert.not.ok(elements.some(({ id }) => id === "lan"));
});

test("each guard is enough by itself", () => {
  const bare = nodesUnguarded(withoutHostGuard(withoutTable(withVif(healthy))));
  assert.is(wayIn(bare, "host-unserved").verdict, "loops");
  const all = ["multi", "agent1", "agent2"].reduce((each, name) => withNode(each, name, { guard: guarding }), bare);
  assert.is(wayIn(all, "host-unserved").verdict, "cut");
  assert.is(wayIn({ ...bare, host: { ...bare.host, guarded: true } }, "host-unserved").verdict, "cut");
});

test.run();
