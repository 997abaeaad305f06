import { parseCidr } from "@k3s-lab/ip";
// The guard's program in a node's network: the same effect as the guard of a lab's own nodes, without nft in its image.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "@k3s-lab/exec";
import { nodeGuardRuleset } from "@k3s-lab/guard";
import { buildProgram } from "@k3s-lab/k3s-from-modules/go";
import { eventually, isRoot } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { inside, isInside, runEachInside } from "../../guard/test/fixtures/run-inside.js";
import { assertLoops, assertNoLoop, assertOutcomes, rejected } from "../../guard/test/fixtures/matrix.js";
import { get, makeWorld } from "../../guard/test/fixtures/world.js";
import { sources } from "../src/image.js";
import type { NodeSeen } from "../src/see-node.js";

/** What the guard of foreign clusters guards. */
const scopes = ["services"] as const;
const cidrs = ["10.43.0.0/16", "fd00:43::/112"];

const test = suite("cluster-guard program (root)");
const [kubeProxy = "", program = ""] = inside.split(" ");

if (isInside) {
  let running: ChildProcess | undefined;
  const onNode = (argv: readonly string[]): [string, string[]] => ["nsenter", ["--net=/run/netns/node", ...argv]];
  const node = async (script: string) => (await run(...onNode(["sh", "-c", script]))).stdout;
  const call = async (verb: string, args: readonly string[] = cidrs) =>
    run(...onNode([program, verb, ...args]), { answers: "any" });
  const see = async () => JSON.parse((await call("see")).stdout) as NodeSeen;
  /** Changes when the table is made again. */
  const handleOf = () => node("nft -a list table inet k3s_lab_cluster_guard | head -1");
  const start = (verb: string, args: readonly string[] = cidrs) => {
    const [command, argv] = onNode([program, verb, ...args]);
    running = spawn(command, argv, { stdio: "ignore" });
    running.unref(); // It ends with these namespaces, whatever a test has come to.
  };
  const end = async () => {
    const child = running;
    running = undefined;
    if (child === undefined || child.exitCode !== null) return child?.exitCode;
    const ended = once(child, "exit");
    child.ref();
    child.kill("SIGTERM");
    return (await ended)[0] as number;
  };

  test.before(() => makeWorld(kubeProxy));
  test.after(async () => void (await end()));

  test("without the guard requests loop, so this test can fail", async () => {
    await assertLoops(kubeProxy, scopes);
    assert.equal((await see()).faults, ["the guard's rules are not whole"]);
  });

  test("with the guard nothing comes to the VIF, and all of it is counted", async () => {
    start("run");
    assert.is((await call("ready")).exitCode, 0);
    await assertNoLoop(scopes);
    assert.equal(await see(), { faults: [], rejected: rejected.services, labGuard: false });
  });

  test("what is served goes on, the rest is refused at once", async () => {
    await assertOutcomes(scopes);
  });

  // kube-proxy's nftables mode has no room for such an address.
  if (kubeProxy === "iptables") {
    test("a service's address that the node itself has is served by the node", async () => {
      // As NodeLocal DNSCache and kube-proxy's IPVS mode have them.
      await node("ip link add nodelocaldns type bridge && ip address add 10.43.0.53/32 dev nodelocaldns");
      const before = (await see()).rejected;
      const [command, argv] = onNode(["perl", "-MIO::Socket::INET", "-e", echoServer]);
      const server = spawn(command, argv, { stdio: ["ignore", "pipe", "inherit"] });
      await once(server.stdout, "data");
      server.stdout.destroy();
      server.unref();
      assert.is(await get("node", "10.43.0.53", 53), "served");
      assert.equal((await see()).rejected, before);
    });
  }

  test("IPv6 services are guarded, too", async () => {
    await node("ip -6 address add fd00:76::1/64 dev eth0 nodad && ip -6 route add fd00:43::/112 dev eth0");
    const before = (await see()).rejected;
    const dial =
      "use Socket; use IO::Socket::IP; IO::Socket::IP->new(PeerHost => 'fd00:43::9', PeerPort => 80) ? print 'open' : print $!{ECONNREFUSED} ? 'refused' : $!";
    assert.is((await run(...onNode(["timeout", "5", "perl", "-e", dial]))).stdout, "refused");
    assert.is((await see()).rejected.tcpReset, before.tcpReset + 1);
  });

  test("its rules are those of a lab's own nodes, as far as services go", async () => {
    const own = (await node("nft -s list table inet k3s_lab_cluster_guard"))
      .replace("k3s_lab_cluster_guard", "k3s_lab_node_guard")
      // What a lab's nodes do not have: the second CIDR, and addresses of services on the node itself.
      .replaceAll(/^.*fd00:43::.*\n/gm, "")
      .replaceAll(' oif != "lo"', "");
    const text = nodeGuardRuleset({ serviceCidr: parseCidr("10.43.0.0/16"), podCidr: parseCidr("10.42.0.0/16") });
    const listed = `nft -f - && nft -s list table inet k3s_lab_node_guard`;
    const { stdout } = await run("unshare", ["--net", "sh", "-c", listed], { input: text });
    const lab = stdout.replaceAll(/^.*(10\.42\.0\.0|ct status dnat).*\n/gm, "").replace(/\tchain pods \{[^}]*\}\n/, "");
    assert.equal(chainsOf(own), chainsOf(lab));
  });

  test("whatever takes it away, it comes back, and a whole guard is left alone", async () => {
    for (const disturb of [
      "nft flush ruleset",
      "nft delete table inet k3s_lab_cluster_guard",
      "nft flush chain inet k3s_lab_cluster_guard services",
      "nft insert rule inet k3s_lab_cluster_guard forward accept",
    ]) {
      const handle = await handleOf();
      await node(disturb);
      await eventually(disturb, async () => (await see()).faults.length === 0, { within: 10_000 });
      assert.is.not(await handleOf(), handle, disturb);
    }
    const handle = await handleOf();
    await node("nft add table inet another && nft delete table inet another");
    await sleep(200);
    assert.is(await handleOf(), handle);
  });

  test("an end leaves the guard, and the next start takes it over with its counters", async () => {
    await get("node", "10.43.0.9", 80);
    const before = await see();
    assert.ok(before.rejected.tcpReset > 0);
    assert.is(await end(), 0);
    assert.equal(await see(), before);
    start("run");
    await sleep(300);
    assert.equal(await see(), before);
    await end();
  });

  test("the guard of a lab's own node is seen", async () => {
    await node("nft add table inet k3s_lab_node_guard");
    assert.is((await see()).labGuard, true);
    await node("nft delete table inet k3s_lab_node_guard");
  });

  test("removed, it leaves nothing, and reports so", async () => {
    start("remove", []);
    assert.is((await call("clean", [])).exitCode, 0);
    assert.not.match(await node("nft list tables"), "guard");
    const ready = await call("ready");
    assert.is(ready.exitCode, 1);
    assert.match(ready.stderr, "the guard's rules are not whole");
    assert.is(await end(), 0);
  });

  test("who may not change a firewall is told what is missing", async () => {
    const [command, argv] = onNode([
      "setpriv",
      "--bounding-set=-net_admin",
      "--inh-caps=-net_admin",
      program,
      "ready",
      ...cidrs,
    ]);
    const { exitCode, stderr } = await run(command, argv, { answers: "any" });
    assert.is(exitCode, 1);
    assert.match(stderr, "NET_ADMIN is needed");
  });
} else if (isRoot) {
  test("in network namespaces of its own", async () => {
    const dir = mkdtempSync(join(tmpdir(), "k3s-lab-cluster-guard-"));
    try {
      const out = join(dir, "cluster-guard");
      await buildProgram({ folder: sources, out });
      const variants = ["iptables", "nftables"].map((mode) => `${mode} ${out}`);
      await runEachInside(import.meta.filename, variants);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
} else {
  test.skip("needs root: makes nodes, a VIF and loops in network namespaces of its own", () => {});
  console.log("skipped: needs root on Linux, to make network namespaces");
}

const echoServer = `$| = 1; my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => "10.43.0.53", LocalPort => 53) or die; print "up\\n"; my $c = $s->accept; print $c "served\\n"`;

/** By name, whatever their order. */
function chainsOf(listing: string): readonly string[] {
  return [...listing.matchAll(/\tchain (\w+) \{[^}]*\}/g)].map(([chain]) => chain).toSorted();
}

test.run();
