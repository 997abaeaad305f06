import { faultText, type GuardFault } from "@k3s-lab/guard";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hostNetworkStepIds, hostNetworkSteps } from "@k3s-lab/host-network";
import type { NodeSeen } from "../../src/survey/node-seen.js";
import type { TelepresenceSeen } from "../../src/survey/telepresence-seen.js";
import { examine } from "../../src/examine.js";
import { rules } from "../../src/rules/index.js";
import { agent1, bridged, hostWith, multi, node, survey } from "../fixtures/survey.js";
import { finds, seenBy } from "./expect.js";

const test = suite("rules: guards and the host's side");

const noRules: GuardFault = { kind: "no-rules" };

function guarded(by: NodeSeen["guard"]["by"], fault: GuardFault, proxyMode = "iptables", guarding = by !== "nothing") {
  const none = { tcpReset: 0, hostUnreachable: 0, dropped: 0 };
  const guard = { by, guarding, faults: [fault], rejected: { services: none, pods: none } };
  return [node(multi), node(agent1, { guard, proxyMode })];
}

const connected: TelepresenceSeen = {
  connected: true,
  subnets: ["10.42.0.0/16", "10.43.0.0/16"],
  alsoProxy: [],
  neverProxy: [],
};
const unguardedHost = { ...survey().hostPlan, "guard-host": ["guard: let what comes from the bridge go only to lan0"] };

test("R5: also-proxy on a host without its guard", () => {
  const telepresence = [{ ...connected, alsoProxy: ["203.0.113.0/24"] }];
  finds(survey({ telepresence }), []);
  finds(survey({ telepresence, hostPlan: unguardedHost }), ["R5 host", "R17 host"]);
  finds(survey({ telepresence: [connected], hostPlan: unguardedHost }), ["R17 host"]);
  finds(survey({ telepresence: [{ ...connected, connected: false }], hostPlan: unguardedHost }), ["R17 host"]);
});

test("R8: no guard on a node whose kube-proxy lets requests to unused addresses leave it", () => {
  finds(survey({ nodes: guarded("nothing", noRules) }), ["R8 agent1"]);
  finds(survey({ nodes: guarded("nothing", noRules, "ipvs") }), ["R8 agent1"]);
  // kube-proxy rejects such requests itself: then the guard is merely incomplete.
  finds(survey({ nodes: guarded("nothing", noRules, "nftables") }), ["R16 agent1"]);
});

test("R9: a traffic manager in the host network of a node without a guard", () => {
  const pod = { namespace: "ambassador", name: "traffic-manager-1", app: "traffic-manager", node: "agent1" };
  const cluster = (hostNetwork: boolean) => ({ nodes: survey().cluster?.nodes ?? [], pods: [{ ...pod, hostNetwork }] });
  const bare = guarded("nothing", noRules);
  finds(survey({ cluster: cluster(true) }), []);
  finds(survey({ cluster: cluster(false), nodes: bare }), ["R8 agent1"]);
  finds(survey({ cluster: cluster(true), nodes: bare }), ["R8 agent1", "R9 agent1"]);
  // Whether it guards does not follow from what is wrong with it.
  const notFirst: GuardFault = { kind: "not-first", table: "filter", hook: "FORWARD" };
  const preceded = (guarding: boolean) => guarded("iptables", notFirst, "iptables", guarding);
  finds(survey({ cluster: cluster(true), nodes: preceded(true) }), ["R16 agent1"]);
  finds(survey({ cluster: cluster(true), nodes: preceded(false) }), ["R9 agent1", "R16 agent1"]);
});

test("R16: a guard that is incomplete, unwatched, or gone after a reboot", () => {
  for (const kind of ["not-at-boot", "unwatched"] as const) {
    const seen = survey({ nodes: guarded("nftables", { kind }) });
    finds(seen, ["R16 agent1"]);
    assert.equal(seenBy(seen, "R16"), [faultText({ kind })]);
  }
});

test("R13: forwarding is off on the gateway, or on a node", () => {
  finds(survey({ host: hostWith({ forwarding: "0" }) }), ["R13 host"]);
  finds(bridged({ host: hostWith({ forwarding: "0" }) }), []);
  finds(survey({ nodes: [node(multi), node(agent1, { forwarding: "0" })] }), ["R13 agent1"]);
});

test("R17, R18, R19: one rule reports each thing that lab:up would do to the host's side", () => {
  const plan = (more: Record<string, readonly string[]>) => survey({ hostPlan: { ...survey().hostPlan, ...more } });
  finds(plan({ "guard-host": ["guard: ..."] }), ["R17 host"]);
  finds(plan({ "route-lab-traffic": ["host: route ..."] }), ["R18 host"]);
  finds(plan({ "make-bridge": ["host: make bridge k3slab-a1b2c3"] }), ["R19 host"]);
  const [finding] = examine(plan({ "make-bridge": ["host: make bridge b"] }), rules).findings;
  assert.is(finding?.seen, "still to be done:");
  assert.equal(finding?.planned, ["host: make bridge b"]);
  // R13 reports it.
  finds(plan({ "forward-packets": ["host: switch IPv4 forwarding on"] }), []);
});

test("the steps that have rules of their own are steps of host-network", () => {
  const { lab, network } = survey();
  if (network === undefined) throw new Error("no network");
  const ids = hostNetworkSteps(lab, network).map(({ id }) => id);
  for (const id of Object.values(hostNetworkStepIds)) assert.ok(ids.includes(id), id);
});

test.run();
