import { parseCidr } from "@k3s-lab/ip";
import { hasHostGuard, hostGuardRejections, parseRuleset, renderHostGuard } from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("guard host-guard");

const bridge = "k3slab-abc123";
const inside = ["10.42.0.0/16", "10.43.0.0/16"].map(parseCidr);
const guard = { bridge, allowed: ["eth0", "wlan0"], routes: [], inside };
const beyond = { ...guard, routes: [{ interface: "tun0", to: parseCidr("10.0.0.0/8") }] };

const where = { family: "inet", table: "k3s_lab_abc123_guard" };
const forward = { ...where, name: "forward", handle: 1, type: "filter", hook: "forward", prio: 0, policy: "accept" };
const refuse = { ...where, name: "refuse", handle: 2 };
const match = (op: string, left: object, right: unknown) => ({ match: { op, left, right } });
const meta = (op: string, key: string, right: unknown) => match(op, { meta: { key } }, right);
const to = (addr: string, len: number) =>
  match("==", { payload: { protocol: "ip", field: "daddr" } }, { prefix: { addr, len } });
const goto = { goto: { target: "refuse" } };
const rules: readonly (readonly unknown[])[] = [
  [meta("!=", "iifname", bridge), { accept: null }],
  [meta("==", "oifname", bridge), { accept: null }],
  [to("10.42.0.0", 16), goto],
  [to("10.43.0.0", 16), goto],
  [meta("==", "oifname", { set: ["wlan0", "eth0"] }), { accept: null }],
  [match("in", { ct: { key: "status" } }, "dnat"), meta("==", "oifkind", "bridge"), { accept: null }],
  [goto],
];
const rejects: readonly (readonly unknown[])[] = [
  [meta("==", "l4proto", "tcp"), { counter: { packets: 3, bytes: 180 } }, { reject: { type: "tcp reset" } }],
  [{ counter: { packets: 0, bytes: 0 } }, { reject: { type: "icmpx", expr: "host-unreachable" } }],
];

function ruleset(expressions: readonly (readonly unknown[])[], refusals = rejects) {
  const item = (chain: string) => (expr: readonly unknown[], index: number) => {
    return { rule: { ...where, chain, handle: index + 3, expr } };
  };
  const items = [...expressions.map(item("forward")), ...refusals.map(item("refuse"))];
  const chains = [{ chain: forward }, { chain: refuse }];
  return parseRuleset(JSON.stringify({ nftables: [{ table: { ...where, name: where.table } }, ...chains, ...items] }));
}

test("renders an allow-list, in which the lab's own networks are behind the bridge alone", () => {
  const text = renderHostGuard("abc123", beyond);
  assert.match(
    text,
    `    meta iifname != "${bridge}" accept
    meta oifname "${bridge}" accept
    ip daddr 10.42.0.0/16 goto refuse
    ip daddr 10.43.0.0/16 goto refuse
    meta oifname { "eth0", "wlan0" } accept
    meta oifname "tun0" ip daddr 10.0.0.0/8 accept
    ct status dnat meta oifkind "bridge" accept
    goto refuse
  }
}
`,
  );
  const further = [meta("==", "oifname", "tun0"), to("10.0.0.0", 8), { accept: null }];
  assert.is(hasHostGuard("abc123", beyond, ruleset(rules.toSpliced(5, 0, further))), true);
  assert.is(hasHostGuard("abc123", beyond, ruleset(rules.toSpliced(2, 0, further))), false, "in this order only");
  assert.not.match(renderHostGuard("abc123", { ...guard, allowed: [] }), "eth0");
});

test("knows its own again, and one that is not whole is none", () => {
  const has = (...seen: Parameters<typeof ruleset>) => hasHostGuard("abc123", guard, ruleset(...seen));
  assert.is(has(rules), true);
  assert.is(hasHostGuard("ffffff", guard, ruleset(rules)), false);
  assert.is(hasHostGuard("abc123", { ...guard, allowed: [] }, ruleset(rules)), false);
  for (const rule of rules) assert.is(has(rules.filter((other) => other !== rule)), false);
  assert.is(has([[{ accept: null }], ...rules]), false);
  assert.is(has(rules, rejects.slice(0, 1)), false);
  assert.is(has(rules, [[{ accept: null }], ...rejects]), false);
  assert.is(has(rules, rejects.with(1, [meta("==", "mark", 7), { reject: null }])), false);
});

test("what the guard has rejected is counted, and nothing where there is none", () => {
  const accepted = [{ counter: { packets: 5, bytes: 400 } }, { accept: null }];
  assert.is(hostGuardRejections("abc123", ruleset([...rules, accepted])), 3);
  assert.is(hostGuardRejections("ffffff", ruleset(rules)), undefined);
});

test.run();
