import { isDeepStrictEqual } from "node:util";
import { run } from "@k3s-lab/exec";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { inside, isInside, runEachInside } from "../fixtures/run-inside.js";
import { assertLoops, assertNoLoop, assertOutcomes, rejected } from "../fixtures/matrix.js";
import { get, Guard, loadPolicies, makeWorld, type Tool } from "../fixtures/world.js";

/** What the guard of a lab's own node guards. */
const scopes = ["services", "pods"] as const;

const test = suite("guard node-guard (root)");
const isRoot = process.platform === "linux" && process.getuid?.() === 0;
const [kubeProxy = "iptables", tool = "nftables"] = inside.split(" ") as [string?, Tool?];

if (isInside) {
  const guard = new Guard(tool);
  const family = tool === "nftables" ? "nftables" : "iptables";
  const notAtBoot = { kind: "not-at-boot" };
  const unwatched = [notAtBoot, { kind: "unwatched" }];

  test.before(() => makeWorld(kubeProxy));
  test.after(() => guard.end());

  if (family === "nftables") {
    // What follows is asked with policies on, until everything on the node is flushed, and without them from there on.
    test("a network policy refuses what it is for", async () => {
      await loadPolicies();
      assert.is(await get("web", "10.42.1.7", 81), "refused");
      const chain = await guard.node("nft list chain inet k3s_lab_network_policy refuse-ingress");
      assert.match(chain, /counter packets [1-9]/);
    });
  }

  test("without the guard requests loop, so this test can fail", async () => {
    await assertLoops(kubeProxy, scopes);
    assert.is((await guard.see()).by, "nothing");
  });

  test("with the guard nothing comes to the VIF", async () => {
    await guard.run("load");
    await assertNoLoop(scopes);
    const seen = await guard.see();
    assert.is(seen.by, family);
    assert.equal(seen.faults, unwatched);
    assert.equal(seen.rejected, rejected);
  });

  test("what is served goes on, the rest is refused at once", async () => {
    await assertOutcomes(scopes);
    // The node's own addresses are pods of no other node: only the refused attempts on 10.42.9.9 were rejected.
    assert.is((await guard.see()).rejected.pods.tcpReset, 4);
  });

  test("each of flannel's backends finds its way to pods that have a node", async () => {
    // host-gw: by the other node itself.
    await guard.node("ip route replace 10.42.2.0/24 via 10.76.0.12 dev eth0");
    for (const from of ["pod", "node"]) assert.is(await get(from, "10.43.0.80", 80), "served");
    assert.is(await get("pod", "10.42.9.9", 80), "refused");
    await guard.node("ip route replace 10.42.2.0/24 via 10.42.2.0 dev flannel.1 onlink");
    // wireguard-native: one route to all pods.
    await guard.node("ip route add 10.42.0.0/16 dev flannel.1");
    assert.match(await guard.node("ip route get 10.42.9.9"), "dev flannel.1");
    await guard.node("ip route del 10.42.0.0/16 dev flannel.1");
  });

  test("loading once more replaces nothing and keeps the counters", async () => {
    const before = await guard.see();
    await guard.run("load");
    assert.equal(await guard.see(), before);
    assert.ok(before.rejected.services.tcpReset > 0);
  });

  test("a guard with a hole is seen, and is repaired", async () => {
    const holes = {
      nftables: ["nft insert rule inet k3s_lab_node_guard forward accept", "nft delete table inet k3s_lab_node_guard"],
      iptables: ["iptables -I LAB-GUARD-SERVICES -j ACCEPT", "iptables -t security -F LAB-GUARD", "iptables -F OUTPUT"],
    };
    for (const hole of [...holes[family], "ip route del 10.42.0.0/16 dev lo"]) {
      await guard.node(hole);
      assert.is.not((await guard.see()).faults.length, unwatched.length, hole);
      await guard.run("load");
      assert.equal((await guard.see()).faults, unwatched, hole);
    }
  });

  test("whatever takes it away, it comes back", async () => {
    guard.watch();
    // The first tick is over, the next is far: what happens now is an event.
    await sleep(2_000);
    const flush = tool === "nftables" ? "nft flush ruleset" : "iptables -F; iptables -X LAB-GUARD-PODS";
    const insert = tool === "nftables" ? "true" : "iptables -I FORWARD -s 10.42.0.0/16 -j ACCEPT";
    for (const disturb of [flush, insert, "ip route del 10.42.0.0/16 dev lo"]) {
      await guard.node(disturb);
      await eventually(disturb, async () => isDeepStrictEqual((await guard.see()).faults, [notAtBoot]), {
        within: 10_000,
      });
    }
    await guard.stopWatching();
    assert.equal((await guard.see()).faults, unwatched);
    await assertNoLoop(scopes);
  });

  if (family === "iptables") {
    test("a rule that accepts before the guard makes no loop", async () => {
      await guard.node("iptables -I FORWARD -j ACCEPT; iptables -I OUTPUT -j ACCEPT");
      const { guarding, faults } = await guard.see();
      assert.equal([guarding, faults[0]], [true, { kind: "not-first", table: "filter", hook: "FORWARD" }]);
      await assertNoLoop(scopes);
      assert.is.not((await guard.see()).rejected.services.dropped, 0);
    });
  }

  test("removed, it leaves nothing", async () => {
    await guard.run("remove");
    await guard.run("remove");
    const stdout = await guard.node("iptables-save; ip route; nft list ruleset || true");
    assert.not.match(stdout, /guard/i);
    assert.not.match(stdout, /10\.42\.0\.0\/16 dev lo/);
  });
} else if (isRoot) {
  test("in network namespaces of its own", async () => {
    // Where there is no nft, kube-proxy has no nftables mode either.
    const variants = ["iptables nftables", "nftables nftables", "iptables iptables"];
    // Not every kernel has the old tables any more.
    const legacy = await run("unshare", ["--net", "iptables-legacy", "-S"], { answers: "any" }).catch(() => undefined);
    if (legacy?.exitCode === 0) variants.push("iptables iptables-legacy");
    else console.log("skipped: iptables-legacy, which does not work on this host");
    await runEachInside(import.meta.filename, variants);
  });
} else {
  test.skip("needs root: makes nodes, a VIF and loops in network namespaces of its own", () => {});
  console.log("skipped: needs root on Linux, to make network namespaces");
}

test.run();
