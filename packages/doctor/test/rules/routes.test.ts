import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { RoutedNode } from "../../src/survey/node-seen.js";
import { agent1, bridged, hostWith, multi, node, route, survey } from "../fixtures/survey.js";
import { finds, seenBy } from "./expect.js";

const test = suite("rules: routes");

const none = { tcpReset: 0, hostUnreachable: 0, dropped: 0 };
const unguarded: Pick<RoutedNode, "guard"> = {
  guard: { by: "nothing", guarding: false, faults: [{ kind: "no-rules" }], rejected: { services: none, pods: none } },
};
const noHostGuard = { "guard-host": ["guard: let what comes from k3slab-a1b2c3 go only to lan0"] };

/** Nodes with these default routes. */
function nodes(...routes: readonly { gateway?: string; dev?: string; metric?: number; mac?: string }[]) {
  const ip = (each: RoutedNode) => ({
    ...each.ip,
    routes: routes.map(({ dev = "eth0", gateway, metric = 0 }) =>
      route("default", dev, { metric, ...(gateway === undefined ? {} : { gateway }) }),
    ),
    neighbours: routes.flatMap(({ gateway = "", mac }) =>
      mac ? [{ address: gateway, dev: "eth0", mac, stale: false }] : [],
    ),
  });
  return [multi, agent1].map((each) => node(each, { ip: ip(node(each)) }));
}

test("nothing is wrong with a healthy lab, private or bridged", () => {
  finds(survey(), []);
  finds(bridged(), []);
});

test("R1: the host as gateway is wrong where nothing is guarded", () => {
  const guards = { ...survey().hostPlan, ...noHostGuard };
  finds(survey({ nodes: [node(multi), node(agent1, unguarded)] }), ["R8 agent1"]);
  finds(survey({ hostPlan: guards }), ["R17 host"]);
  const both = survey({ nodes: [node(multi), node(agent1, unguarded)], hostPlan: guards });
  finds(both, ["R1 agent1", "R8 agent1", "R17 host"]);
  assert.match(seenBy(both, "R1")[0] ?? "", /10\.76\.0\.1 is the host \(k3slab-a1b2c3\)/);
});

test("R1, R2: a bridged node whose gateway is an address of the host", () => {
  const host = bridged({ nodes: nodes({ gateway: "192.168.77.10" }) });
  finds(host, ["R1 multi", "R1 agent1", "R2 multi", "R2 agent1"]);
});

test("R1: a bridged node that meets the host's card, or another one than the host meets, at the router's address", () => {
  const at = (mac: string) => bridged({ nodes: nodes({ gateway: "192.168.77.1", mac }) });
  finds(at("d2:00:00:00:00:01"), []);
  finds(at("d2:00:00:00:00:10"), ["R1 multi", "R1 agent1"]);
  assert.match(seenBy(at("d2:00:00:00:00:10"), "R1")[0] ?? "", /is the host itself \(lan0\)/);
  finds(at("d2:00:00:00:00:99"), ["R1 multi", "R1 agent1"]);
  assert.match(seenBy(at("d2:00:00:00:00:99"), "R1")[0] ?? "", /is d2:00:00:00:00:99 for the node/);
});

test("R2: another interface's default route wins", () => {
  const half = nodes({ gateway: "192.168.77.1", metric: 100 }, { gateway: "172.16.0.1", dev: "eth1" });
  finds(bridged({ nodes: half }), ["R2 multi", "R2 agent1", "R14 multi", "R14 agent1"]);
  finds(survey({ nodes: nodes() }), ["R2 multi", "R2 agent1"]);
});

test("R3: a user-mode NAT as the way out, guarded or not", () => {
  const nat = nodes({ gateway: "10.0.2.2" }).map((each) => ({ ...each, resolvers: ["9.9.9.9"] }));
  finds(bridged({ nodes: nat }), ["R3 multi", "R3 agent1"]);
  assert.match(seenBy(bridged({ nodes: nat }), "R3")[0] ?? "", "the node is guarded");
});

test("R4: the host is a bridged node's gateway, but does not forward yet", () => {
  const nat = nodes({ gateway: "192.168.77.10" });
  const idle = bridged({ nodes: nat, host: hostWith({ forwarding: "0" }) });
  finds(idle, ["R1 multi", "R1 agent1", "R2 multi", "R2 agent1", "R4 multi", "R4 agent1"]);
  finds(bridged({ host: hostWith({ forwarding: "0" }) }), []);
});

test("R14: a second default route, which may be used later", () => {
  const two = nodes({ gateway: "10.76.0.1" }, { gateway: "10.76.0.77", metric: 100 });
  finds(survey({ nodes: two }), ["R14 multi", "R14 agent1"]);
  assert.is(seenBy(survey({ nodes: two }), "R14")[0], "10.76.0.1 by eth0; 10.76.0.77 by eth0, metric 100");
});

test.run();
