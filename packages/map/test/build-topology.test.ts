import { suite } from "uvu";
import * as assert from "uvu/assert";
import { buildTopology } from "../src/build-topology.js";
import type { Observed } from "../src/index.js";
import type { Element } from "../src/topology.js";
import {
  absent,
  bridge,
  bridged,
  broken,
  healthy,
  inDocker,
  inLibvirt,
  inVirtualBox,
  looping,
  unguarded,
  unseen,
  withNode,
  withoutTable,
  withVif,
} from "./fixtures/labs.js";

const test = suite("map: topology");

function elementIn(seen: Observed, id: string): Element {
  const element = buildTopology(seen).elements.find((each) => each.id === id);
  assert.ok(element, `no element ${id}`);
  return element as Element;
}

const idsIn = (seen: Observed) => buildTopology(seen).elements.map(({ id }) => id);

for (const [name, seen] of Object.entries({
  healthy,
  looping,
  broken,
  bridged,
  inDocker,
  inLibvirt,
  inVirtualBox,
  absent,
  seenByUser: unseen(looping),
})) {
  test(`${name}: each id is there once, and every edge, parent and stop has its element`, () => {
    const { elements, edges, ways } = buildTopology(seen);
    const ids = elements.map(({ id }) => id);
    assert.is(new Set(ids).size, ids.length);
    const known = new Set(ids);
    for (const { parent } of elements) assert.ok(parent === undefined || known.has(parent), parent);
    for (const { from, to } of edges) assert.ok(known.has(from) && known.has(to), `${from} – ${to}`);
    for (const { stops, id } of ways) for (const { at } of stops) assert.ok(known.has(at), `${id}: ${at}`);
  });

  test(`${name}: every step of a way has its edge`, () => {
    const { edges, ways } = buildTopology(seen);
    const between = (a?: string, b?: string) =>
      edges.some(({ from, to }) => (from === a && to === b) || (from === b && to === a));
    for (const { id, stops } of ways) {
      for (const [index, { at }] of stops.entries()) {
        const before = stops[index - 1]?.at;
        assert.ok(before === undefined || before === at || between(before, at), `${id}: ${before} to ${at}`);
      }
    }
  });
}

test("all is well where all was seen to be well", () => {
  const { elements, faults } = buildTopology(healthy);
  assert.equal(faults, []);
  assert.equal(
    elements.filter(({ health }) => health === "bad" || health === "unknown"),
    [],
  );
  assert.is(elementIn(healthy, "node agent1").condition, "Ready");
  assert.is(elementIn(healthy, "guard agent1").condition, "rejected 3");
  assert.equal(elementIn(healthy, "cluster").lines, ["pods 10.42.0.0/16", "services 10.43.0.0/16"]);
});

test("every node is plugged into the nodes' LAN by a cable, and its guard stands between that and its pods", () => {
  for (const [seen, onto] of [
    [healthy, bridge],
    [bridged, "eth0"],
    [withVif(broken), bridge],
  ] as const) {
    const { edges } = buildTopology(seen);
    for (const { name } of seen.nodes) {
      const of = edges.filter(({ to }) => to === `guard ${name}` || to === `pods ${name}`);
      assert.equal(
        of.filter(({ kind }) => kind !== "tunnel"),
        [
          { from: `link ${onto}`, to: `guard ${name}`, kind: "cable" },
          { from: `guard ${name}`, to: `pods ${name}`, kind: "path" },
        ],
      );
    }
  }
});

test("a stopped node is bad, and its guard is not called missing", () => {
  assert.is(elementIn(broken, "node agent2").health, "bad");
  assert.is(elementIn(broken, "node agent2").condition, "stopped");
  assert.is(elementIn(broken, "guard agent2").condition, "not running");
  assert.equal(buildTopology(broken).faults, ["Node agent2 is not Ready: its kubelet has not reported for 3 minutes."]);
});

test("a machine that was just stopped is bad, although Kubernetes still calls its node Ready", () => {
  const seen: Observed = { ...withNode(healthy, "agent2", { machine: "stopped", guard: undefined }), state: "up" };
  assert.is(elementIn(seen, "node agent2").health, "bad");
  assert.is(elementIn(seen, "node agent2").condition, "stopped");
  assert.is(buildTopology(seen).state, "degraded");
  assert.equal(buildTopology(seen).faults, ["Node agent2 is stopped, although Kubernetes still calls it Ready."]);
});

test("the nodes' cables are not among the host's other interfaces", () => {
  const cable = { name: "veth1", kind: "veth", up: true, carrier: true, mtu: 1500, addresses: [] } as const;
  const withCable = (master?: string): Observed => ({
    ...healthy,
    host: { ...healthy.host, links: [...healthy.host.links, { ...cable, master }] },
  });
  assert.not.ok(idsIn(withCable(bridge)).includes("others"));
  assert.is(elementIn(withCable("docker0"), "others").title, "1 other interface");
});

test("virtual machines are drawn on the host's card or bridge, whose ports are no other interfaces", () => {
  assert.equal(elementIn(inVirtualBox, "link eth0").lines.slice(0, 1), ["nodes by VirtualBox"]);
  assert.equal(elementIn(inLibvirt, "link br0").lines.slice(0, 1), ["uplink, nodes' bridge"]);
  for (const seen of [inVirtualBox, inLibvirt]) assert.not.ok(idsIn(seen).includes("others"));
  const verdicts = (seen: Observed) =>
    Object.fromEntries(buildTopology(seen).ways.map(({ id, verdict }) => [id, verdict]));
  // No kernel is asked on a Mac.
  assert.is(verdicts(inVirtualBox)["host-served"], "unknown");
  assert.is(verdicts(inLibvirt)["host-served"], "left");
  for (const seen of [inVirtualBox, inLibvirt]) assert.is(verdicts(seen)["pod-unserved"], "cut");
});

test("what is missing is drawn as missing, by what was seen", () => {
  assert.is(elementIn(looping, "table").isMissing, true);
  assert.is(elementIn(looping, "host-guard").isMissing, true);
  assert.is(elementIn(looping, "guard agent1").isMissing, true);
  assert.is(elementIn(looping, "guard multi").isMissing, false);
  assert.is(elementIn(withoutTable(healthy), "host-guard").health, "ok");
});

test("what this user may not see is neither well nor bad", () => {
  assert.is(elementIn(unseen(healthy), "host-guard").health, "unknown");
  assert.is(elementIn(unseen(healthy), "guard multi").health, "unknown");
  assert.is(elementIn(unseen(healthy), "host").condition, "not seen");
  // The rules are there for everybody to see.
  assert.is(elementIn(unseen(healthy), "table").health, "ok");
});

test("a bridge that is gone, or down, is bad, whatever was recorded", () => {
  const links = healthy.host.links.filter(({ name }) => name !== bridge);
  const gone: Observed = { ...healthy, host: { ...healthy.host, links } };
  assert.is(elementIn(gone, `link ${bridge}`).condition, "missing");
  assert.ok(buildTopology(gone).faults.includes(`Interface ${bridge} of the host is missing.`));
  const down = healthy.host.links.map((link) => (link.name === bridge ? { ...link, up: false } : link));
  assert.is(elementIn({ ...healthy, host: { ...healthy.host, links: down } }, `link ${bridge}`).condition, "down");
});

test("a VIF shows what it maps, and leads into the cluster only where it maps that", () => {
  assert.equal(elementIn(withVif(healthy), "link tel0").lines, ["VPN or VIF", "maps services, pods"]);
  const tunnels = (seen: Observed) => buildTopology(seen).edges.filter(({ kind }) => kind === "tunnel");
  assert.is(tunnels(withVif(healthy)).length, 1);
  // A VPN's own network.
  const routes = withVif(healthy).host.routes.map((route) =>
    route.dev === "tel0" ? { ...route, dst: "10.50.0.0/16" } : route,
  );
  const other: Observed = { ...withVif(healthy), host: { ...withVif(healthy).host, routes } };
  assert.equal(elementIn(other, "link tel0").lines, ["VPN or VIF", "nothing of the cluster"]);
  assert.equal(tunnels(other), []);
});

test("Docker's ports are drawn where API or registry are reached by them", () => {
  assert.equal(elementIn(inDocker, "ports").lines, ["127.0.0.1:41872", "127.0.0.1:41873"]);
  assert.not.ok(idsIn(healthy).includes("ports"));
});

test("on the host's LAN there is neither table nor host guard, and the shim is the host's way", () => {
  const ids = idsIn(bridged);
  assert.not.ok(ids.includes("table"));
  assert.not.ok(ids.includes("host-guard"));
  assert.is(elementIn(bridged, "link k3shim-a1b2c3").health, "ok");
  const links = bridged.host.links.filter(({ name }) => name === "eth0");
  const without: Observed = { ...bridged, host: { ...bridged.host, links } };
  assert.ok(buildTopology(without).faults.includes("Interface k3shim-a1b2c3 of the host is missing."));
});

test("without a lab the host is drawn alone", () => {
  assert.equal(idsIn(absent), ["router", "lan", "host", "programs", "routes", "link eth0"]);
  assert.is(buildTopology(absent).about, "no lab here: what desk has");
});

test("a host without an uplink has neither router nor LAN", () => {
  const offline: Observed = { ...absent, host: { ...absent.host, routes: [] } };
  assert.equal(idsIn(offline), ["host", "programs", "routes", "others"]);
});

test("the registry's silence and the API's are faults", () => {
  const registry = { name: "multi:5000", endpoint: "http://10.76.0.10:5000", serving: false };
  const k3s = { version: "v1", server: "https://10.76.0.10:6443", silence: "does not answer" };
  const { faults } = buildTopology({ ...healthy, registry, k3s });
  assert.equal(faults, ["The cluster's API: does not answer.", "The registry multi:5000 does not answer."]);
});

test("a fault of a node's guard is told", () => {
  const { faults } = buildTopology(withNode(healthy, "multi", { guard: unguarded }));
  assert.equal(faults, ["Node multi: the guard has no rules."]);
});

test.run();
