import { parseCidr } from "@k3s-lab/ip";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { nodeGuardRuleset } from "../../src/index.js";

const test = suite("guard node-guard nftables");
const text = nodeGuardRuleset({ serviceCidr: parseCidr("10.43.0.0/16"), podCidr: parseCidr("10.42.0.0/16") });

test("stands behind kube-proxy's translation and before its silent drop, in both hooks", () => {
  for (const hook of ["forward", "output"]) {
    assert.match(text, `  chain ${hook} {\n    type filter hook ${hook} priority filter - 10; policy accept;\n`);
  }
});

test("what belongs to no connection is dropped before anything is rejected", () => {
  assert.match(
    text,
    /chain services \{\n +ct state invalid counter drop\n +meta l4proto tcp counter reject with tcp reset\n/,
  );
});

test("has a table of its own and nothing of IPv6", () => {
  assert.match(text, /^table inet k3s_lab_node_guard \{\n/);
  assert.not.match(text, "ip6");
});

test.run();
