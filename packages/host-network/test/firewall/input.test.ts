import { parseCidr } from "@k3s-lab/ip";
import { inputThatDrops } from "../../src/firewall/input.js";
import { accept, chain, drop, goto, jump, rule, rulesetOf, table, xtComment, xtReject } from "../fixtures/rulesets.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network input");

const inputChain = (name: string, policy: string, inTable = "filter", family = "ip") => ({
  chain: { family, table: inTable, name, type: "filter", hook: "input", prio: 0, policy },
});
const match = (left: object, right: unknown, op = "==") => ({ match: { op, left, right } });
const meta = (key: string, right: unknown, op?: string) => match({ meta: { key } }, right, op);
const dport = (right: unknown) => match({ payload: { protocol: "tcp", field: "dport" } }, right);
const saddr = (right: unknown) => match({ payload: { protocol: "ip", field: "saddr" } }, right);
const lab = saddr({ prefix: { addr: "10.76.0.0", len: 24 } });
const xt = (name: string) => ({ xt: { type: "match", name } });
const vmap = (key: object) => ({ vmap: { key, data: { set: [["established", { accept: null }]] } } });

/** What drops a node's connection to port 3128 of the host, where the input chain has these rules. */
function dropping(rules: readonly (readonly object[])[], policy = "drop", more: readonly object[] = []) {
  const own = rules.map((expressions) => rule("ip", "filter", "INPUT", ...(expressions as Record<string, unknown>[])));
  const ruleset = rulesetOf(table("ip", "filter"), inputChain("INPUT", policy), ...own, ...more);
  const subnet = parseCidr("10.76.0.0/24");
  return inputThatDrops(ruleset, { link: "k3slab-a1b2c3", subnet, address: "10.76.0.1", port: 3128 });
}

test("a policy or a rule that drops is found, unless a rule before it accepts", () => {
  const chained = "ip filter INPUT";
  assert.is(dropping([]), chained);
  assert.is(dropping([], "accept"), undefined);
  for (const [accepts, isLetIn] of [
    [[lab, dport(3128)], true],
    [[meta("iifname", "k3slab-*")], true],
    [[meta("iifname", { set: ["lo", "k3slab-a1b2c3"] })], true],
    [[meta("l4proto", "tcp"), dport({ set: [22, 3128] })], true],
    [[saddr({ prefix: { addr: "10.0.0.0", len: 8 } })], true],
    [[xtComment], true],
    [[meta("iifname", "lo")], false],
    [[meta("iif", "lo")], false],
    [[meta("iifname", "k3slab-a1b2c3", "!=")], false],
    [[dport(22)], false],
    [[saddr({ prefix: { addr: "192.168.0.0", len: 16 } })], false],
    [[meta("l4proto", "icmp")], false],
    [[match({ ct: { key: "state" } }, ["established", "related"], "in")], false],
    [[xt("conntrack")], false],
  ] as const) {
    assert.is(dropping([[...accepts, accept]]), isLetIn ? undefined : chained, JSON.stringify(accepts));
  }
  assert.is(dropping([[dport(3128), drop]], "accept"), chained);
  assert.is(dropping([[lab, xtReject]], "accept"), chained);
  assert.is(dropping([[dport(3128), accept], [drop]], "accept"), undefined);
});

test("what cannot be read may let it in, so that nothing is claimed", () => {
  for (const unread of [[xt("set")], [xt("multiport")], [dport("@open")], [dport({ range: [3000, 4000] })]]) {
    assert.is(dropping([[...unread, accept]]), undefined, JSON.stringify(unread));
  }
  assert.is(dropping([[vmap({ meta: { key: "iifname" } })]]), undefined);
  assert.is(
    dropping([[vmap({ ct: { key: "state" } })]]),
    "ip filter INPUT",
    "a new connection is in none of its states",
  );
});

test("ufw's chains are followed, as iptables 1.8.9 makes them", () => {
  const ufw = (...user: readonly object[]) => [
    chain("ip", "filter", "ufw-not-local"),
    rule("ip", "filter", "ufw-not-local", xt("addrtype"), { return: null }),
    rule("ip", "filter", "ufw-not-local", drop),
    chain("ip", "filter", "ufw-user-input"),
    rule("ip", "filter", "ufw-user-input", dport(22), accept),
    ...user,
  ];
  const rules = [[meta("iifname", "lo"), accept], [xt("conntrack"), accept], [jump("ufw-not-local")]];
  const all = [...rules, [jump("ufw-user-input")]];
  assert.is(dropping(all, "drop", ufw()), "ip filter INPUT");
  // Whether addrtype applies cannot be told, but whatever it does, nothing accepts.
  const allowed = rule("ip", "filter", "ufw-user-input", lab as Record<string, unknown>, accept);
  assert.is(dropping(all, "drop", ufw(allowed)), undefined);
  assert.is(
    dropping([[goto("ufw-user-input")], [accept]], "drop", ufw()),
    "ip filter INPUT",
    "goto does not come back",
  );
});

test("every chain of the hook counts, except a lab's own and firewalld's, which has the bridge in a zone", () => {
  const second = (name: string) => [inputChain("input", "drop", name, "inet")];
  assert.is(dropping([], "accept", second("mine")), "inet mine input");
  assert.is(dropping([], "accept", second("firewalld")), undefined);
  assert.is(dropping([], "accept", second("k3s_lab_a1b2c3_guard")), undefined);
});

test.run();
