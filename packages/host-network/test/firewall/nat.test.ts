import { parseCidr } from "@k3s-lab/ip";
import { parseRuleset } from "@k3s-lab/guard";
import { hasNat, renderNat } from "../../src/firewall/nat.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network nat");
const nat = { bridge: "k3slab-a1b2c3", subnet: parseCidr("10.76.0.0/24"), uplink: "eth0" };

/** What nft 1.0.6 prints of it. */
const where = { family: "ip", table: "k3s_lab_a1b2c3_nat" };
const post = { chain: { ...where, name: "postrouting", handle: 1, type: "nat", hook: "postrouting", prio: 100 } };
const forward = { chain: { ...where, name: "forward", handle: 2, type: "filter", hook: "forward", prio: -150 } };
const match = (left: object, right: unknown) => ({ match: { op: "==", left, right } });
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
const seen = (...items: readonly object[]) => parseRuleset(JSON.stringify({ nftables: items }));
const whole = [post, forward, masquerade, clamp];

test("translates only what leaves by the uplink, and nothing without one", () => {
  assert.match(renderNat("a1b2c3", nat), 'ip saddr 10.76.0.0/24 oifname "eth0" masquerade\n');
  const { uplink: _, ...alone } = nat;
  assert.not.match(renderNat("a1b2c3", alone), /masquerade|maxseg/);
});

test("knows its own table again, and no other", () => {
  assert.is(hasNat("a1b2c3", nat, seen(...whole)), true);
  assert.is(hasNat("ffffff", nat, seen(...whole)), false);
  for (const missing of whole) {
    assert.is(hasNat("a1b2c3", nat, seen(...whole.filter((item) => item !== missing))), false);
  }
  assert.is(hasNat("a1b2c3", { ...nat, uplink: "wlan0" }, seen(...whole)), false);
  assert.is(hasNat("a1b2c3", { ...nat, subnet: parseCidr("10.76.1.0/24") }, seen(...whole)), false);
  assert.is(hasNat("a1b2c3", nat, seen(...whole, { rule: { ...masquerade.rule, handle: 9 } })), false);
  const { uplink: _, ...alone } = nat;
  assert.is(hasNat("a1b2c3", alone, seen(post, forward)), true);
  assert.is(hasNat("a1b2c3", alone, seen(...whole)), false);
});

test.run();
