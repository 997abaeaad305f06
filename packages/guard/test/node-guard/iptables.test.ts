import { parseCidr } from "@k3s-lab/ip";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { nodeGuardIptables } from "../../src/index.js";

const test = suite("guard node-guard iptables");
const { filter, security } = nodeGuardIptables({
  serviceCidr: parseCidr("10.43.0.0/16"),
  podCidr: parseCidr("10.42.0.0/16"),
});

test("makes its own chains and touches no other", () => {
  const chains = ["LAB-GUARD", "LAB-GUARD-SERVICES", "LAB-GUARD-PODS"];
  for (const [table, text] of Object.entries({ filter, security })) {
    const lines = text.split("\n");
    assert.is(lines[0], `*${table}`);
    assert.equal(
      lines.filter((line) => line.startsWith(":")),
      chains.map((chain) => `:${chain} - [0:0]`),
    );
    for (const rule of lines.filter((line) => line.startsWith("-")))
      assert.ok(chains.includes(rule.split(" ")[1] ?? ""));
  }
});

test("k3s-killall.sh, which takes away rules by their text, leaves them", () => {
  assert.not.match(filter + security, /KUBE-|CNI-|flannel/i);
});

test("only the filter table can reject", () => {
  assert.match(filter, "-A LAB-GUARD-SERVICES -p tcp -j REJECT --reject-with tcp-reset\n");
  assert.not.match(security, "REJECT");
  assert.match(security, "-A LAB-GUARD-SERVICES -j DROP\n");
});

test.run();
