import { parseRuleset, readHostGuard, renderHostGuard } from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("guard host-guard");

const where = { family: "inet", table: "k3s_lab_abc123_guard" };
const chain = { ...where, name: "forward", handle: 1, type: "filter", hook: "forward", prio: 0, policy: "accept" };
const meta = (op: string, key: string, right: unknown) => ({ match: { op, left: { meta: { key } }, right } });
const rules: readonly (readonly unknown[])[] = [
  [meta("!=", "iifname", "k3slab-abc123"), { accept: null }],
  [meta("==", "oifname", { set: ["k3slab-abc123", "eth0"] }), { accept: null }],
  [meta("==", "l4proto", "tcp"), { counter: { packets: 3, bytes: 180 } }, { reject: { type: "tcp reset" } }],
  [{ counter: { packets: 0, bytes: 0 } }, { reject: { type: "icmpx", expr: "host-unreachable" } }],
];

function ruleset(expressions: readonly (readonly unknown[])[]) {
  const items = expressions.map((expr, index) => ({ rule: { ...where, chain: "forward", handle: index + 2, expr } }));
  return parseRuleset(JSON.stringify({ nftables: [{ table: { ...where, name: where.table } }, { chain }, ...items] }));
}

test("renders an allow-list that always holds the bridge", () => {
  const text = renderHostGuard("abc123", { bridge: "k3slab-abc123", allowed: [] });
  assert.match(text, /iifname != "k3slab-abc123" accept\n\s+oifname \{ "k3slab-abc123" \} accept\n/);
  assert.match(text, /reject with icmpx type host-unreachable\n  \}\n\}\n$/);
});

test("reads what stands there", () => {
  const expected = { bridge: "k3slab-abc123", allowed: ["eth0", "k3slab-abc123"] };
  assert.equal(readHostGuard("abc123", ruleset(rules)), expected);
  const one = rules.with(1, [meta("==", "oifname", "k3slab-abc123"), { accept: null }]);
  assert.equal(readHostGuard("abc123", ruleset(one))?.allowed, ["k3slab-abc123"]);
});

test("a guard that is not whole is none", () => {
  assert.is(readHostGuard("ffffff", ruleset(rules)), undefined);
  assert.is(readHostGuard("abc123", ruleset(rules.slice(0, 3))), undefined);
  assert.is(readHostGuard("abc123", ruleset([[{ accept: null }], ...rules])), undefined);
  assert.is(readHostGuard("abc123", ruleset(rules.toSpliced(2, 0, [{ accept: null }]))), undefined);
  const narrowed = rules.with(3, [meta("==", "mark", 7), { reject: null }]);
  assert.is(readHostGuard("abc123", ruleset(narrowed)), undefined);
});

test.run();
