import { parseCidr } from "@k3s-lab/ip";
import { parseRuleset } from "@k3s-lab/guard";
import { hasNat, renderNat } from "../../src/firewall/nat.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network nat");
const nat = {
  bridge: "k3slab-a1b2c3",
  subnet: parseCidr("10.76.0.0/24"),
  out: ["eth0"],
  inside: [parseCidr("10.42.0.0/16")],
};

/** What nft 1.0.6 prints of it. */
const where = { family: "ip", table: "k3s_lab_a1b2c3_nat" };
const post = { chain: { ...where, name: "postrouting", handle: 1, type: "nat", hook: "postrouting", prio: 100 } };
const forward = { chain: { ...where, name: "forward", handle: 2, type: "filter", hook: "forward", prio: -150 } };
const pre = { chain: { ...where, name: "redirected", handle: 5, type: "filter", hook: "prerouting", prio: 0 } };
const match = (left: object, right: unknown, op = "==") => ({ match: { op, left, right } });
const masquerade = {
  rule: {
    ...where,
    chain: "postrouting",
    handle: 3,
    expr: [
      match({ payload: { protocol: "ip", field: "saddr" } }, { prefix: { addr: "10.76.0.0", len: 24 } }),
      match({ meta: { key: "oifname" } }, "eth0"),
      { masquerade: null },
    ],
  },
};
const clamp = {
  rule: {
    ...where,
    chain: "forward",
    handle: 4,
    expr: [
      match({ meta: { key: "iifname" } }, "k3slab-a1b2c3"),
      match({ meta: { key: "oifname" } }, "eth0"),
      match({ "&": [{ payload: { protocol: "tcp", field: "flags" } }, ["syn", "rst"]] }, "syn"),
      { mangle: { key: { "tcp option": { name: "maxseg", field: "size" } }, value: { rt: { key: "mtu" } } } },
    ],
  },
};
const mark = {
  rule: {
    ...where,
    chain: "redirected",
    handle: 6,
    expr: [
      match({ ct: { key: "ip saddr", dir: "original" } }, { prefix: { addr: "10.76.0.0", len: 24 } }),
      match({ ct: { key: "status" } }, "dnat", "in"),
      { mangle: { key: { meta: { key: "mark" } }, value: { "|": [{ "&": [{ meta: { key: "mark" } }, 1] }, 2] } } },
    ],
  },
};
const seen = (...items: readonly object[]) => parseRuleset(JSON.stringify({ nftables: items }));
const whole = [pre, post, forward, mark, masquerade, clamp];

test("translates only what leaves by a way out, and nothing without one", () => {
  const both = renderNat("a1b2c3", { ...nat, out: ["eth0", "eth1"] });
  assert.match(both, 'ip saddr 10.76.0.0/24 oifname { "eth0", "eth1" } masquerade\n');
  assert.not.match(renderNat("a1b2c3", { ...nat, out: [] }), /masquerade|maxseg/);
});

test("marks what the host has sent on to another address", () => {
  const marked = "ct original ip saddr 10.76.0.0/24 ct status dnat meta mark set ";
  assert.match(renderNat("a1b2c3", { ...nat, out: [] }), marked);
});

test("knows its own table again, and no other", () => {
  const has = (changed: Partial<typeof nat>, ...items: readonly object[]) =>
    hasNat("a1b2c3", { ...nat, ...changed }, seen(...items));
  assert.is(has({}, ...whole), true);
  assert.is(hasNat("ffffff", nat, seen(...whole)), false);
  for (const missing of whole) assert.is(has({}, ...whole.filter((item) => item !== missing)), false);
  assert.is(has({ out: ["wlan0"] }, ...whole), false);
  assert.is(has({ subnet: parseCidr("10.76.1.0/24") }, ...whole), false);
  assert.is(has({}, ...whole, { rule: { ...masquerade.rule, handle: 9 } }), false);
  assert.is(has({ out: [] }, pre, post, forward, mark), true);
  assert.is(has({ out: [] }, ...whole), false);
});

test.run();
