import { run } from "@k3s-lab/exec";
import { applyHostGuard, hostGuardTable, readHostGuard, readRuleset, removeTable } from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

/** Runs this very file again inside a network namespace of its own, so that the host's nftables stay untouched. */
const inside = process.env.K3S_LAB_TEST_INSIDE === "1";
const isRoot = process.getuid?.() === 0;
const test = suite("guard host-guard (root)");
const bridge = "k3slab-abc123";

if (inside) {
  test("what is applied is what is read, again and again, until it is removed", async () => {
    for (const allowed of [[], ["eth0"], ["eth0.5"]]) {
      await applyHostGuard("abc123", { bridge, allowed });
      assert.equal(readHostGuard("abc123", await readRuleset()), { bridge, allowed: [...allowed, bridge].toSorted() });
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
