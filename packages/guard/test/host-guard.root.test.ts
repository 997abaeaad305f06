import { run } from "@k3s-lab/exec";
import { parseCidr } from "@k3s-lab/ip";
import { applyHostGuard, hasHostGuard, hostGuardTable, readRuleset, removeTable } from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

/** Runs this very file again inside a network namespace of its own, so that the host's nftables stay untouched. */
const isInside = process.env.K3S_LAB_TEST_INSIDE === "1";
const isRoot = process.getuid?.() === 0;
const test = suite("guard host-guard (root)");
const bridge = "k3slab-abc123";
const inside = ["10.42.0.0/16", "10.43.0.0/16", "10.76.0.0/24"].map(parseCidr);
const routesTo = (...cidrs: readonly string[]) => cidrs.map((cidr) => ({ interface: "tun0", to: parseCidr(cidr) }));

if (isInside) {
  test("what is applied is what is read, again and again, until it is removed", async () => {
    const guards = [
      { bridge, allowed: [], routes: [], inside },
      { bridge, allowed: ["eth0"], routes: [], inside },
      {
        bridge,
        allowed: ["eth0.5"],
        routes: routesTo("10.0.0.0/8", "10.50.0.0/16", "10.51.0.1/32", "0.0.0.0/1"),
        inside,
      },
    ];
    for (const guard of guards) {
      await applyHostGuard("abc123", guard);
      const ruleset = await readRuleset();
      assert.equal(
        guards.map((other) => hasHostGuard("abc123", other, ruleset)),
        guards.map((other) => other === guard),
      );
    }
    await removeTable(hostGuardTable("abc123"));
    await removeTable(hostGuardTable("abc123"));
    assert.is((await run("nft", ["list", "ruleset"])).stdout, "");
  });
} else if (isRoot) {
  test("in a network namespace of its own", async () => {
    const args = ["--net", process.execPath, "--import", "tsx", import.meta.filename];
    const { stdout } = await run("unshare", args, { env: { K3S_LAB_TEST_INSIDE: "1" } });
    assert.match(stdout, /Passed:\s+1/);
  });
} else {
  test.skip("needs root: applies the guard in a network namespace of its own", () => {});
}

test.run();
