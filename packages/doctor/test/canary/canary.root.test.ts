// The experiment on an emulated host that is the gateway of two nodes, while a VIF is connected that reports each packet.
import { fileURLToPath } from "node:url";
import { isRoot } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { renderHostGuard } from "@k3s-lab/guard";
import { carryOut, type Event, until } from "@k3s-lab/steps";
import { type CanaryRun, removeCanary, type Source } from "../../src/canary/index.js";
import { type Cluster, emulateCluster, target, userNatProgram } from "./fixtures/cluster.js";

const test = suite("doctor canary (root)");
if (!isRoot) console.log("doctor canary (root): skipped, needs root on Linux");

const killed = fileURLToPath(new URL("fixtures/killed.ts", import.meta.url));
const nodes = ["node1", "node2"];
let cluster: Cluster;
let before: string;

/** Links, addresses, routes and filters of the host. */
const traces = () =>
  cluster.sh("ip -br link | cut -d' ' -f1; ip -4 -br address; ip route show table all; nft list tables; ls /run/lock");

/** Watches until something holds. */
const eventually = (what: string, holds: () => Promise<boolean>) =>
  until({
    every: 100,
    within: 60_000,
    look: async () => ((await holds()) ? { value: true } : { reason: `it did not come true: ${what}` }),
  });

/** node1 node forwarded refused, ... How often it was forwarded depends on whether a busy machine made it be sent again. */
const seen = ({ sources }: CanaryRun) =>
  sources.map(({ name, kind, forward, output, outcome }) => {
    const ways = [forward > 0 && "forwarded", output > 0 && "sent"].filter((way) => way !== false);
    return [name, kind, ...ways, outcome].join(" ");
  });

/** Does what a node's guard does, in these hooks. */
const guardNodes = (...hooks: readonly string[]) =>
  Promise.all(
    nodes.map((node) =>
      cluster.sh(
        `nft 'table inet guard { ${hooks
          .map(
            (hook) => `chain ${hook} { type filter hook ${hook} priority 0
              ip daddr 10.43.0.0/16 meta l4proto tcp reject with tcp reset; };`,
          )
          .join("\n")}; }'`,
        node,
      ),
    ),
  );
const unguardNodes = () => Promise.all(nodes.map((node) => cluster.sh("nft delete table inet guard", node)));

test.before(async () => {
  if (!isRoot) return;
  cluster = await emulateCluster();
  before = await traces();
});

test.after(async () => cluster?.[Symbol.asyncDispose]());

/** Asserts after every test that nothing is left on the host and nothing has come to the VIF. */
function rootTest(name: string, body: () => Promise<void>): void {
  if (!isRoot) return test.skip(name);
  test(name, async () => {
    const earlier = cluster.vif.packets.length;
    await body();
    assert.is(await traces(), before);
    assert.equal(cluster.vif.packets.slice(earlier), []);
  });
}

rootTest("where the host forwards, every source loops; in under two seconds", async () => {
  // The machine may be busy with other work: once is enough.
  await eventually("an experiment in under two seconds", async () => {
    const run = await cluster.canary();
    assert.is(run.verdict, "loops");
    assert.equal(run.causes, ["forwarded"]);
    assert.equal(
      seen(run),
      nodes.flatMap((node) => [`${node} node forwarded refused`, `${node} pod forwarded refused`]),
    );
    return run.milliseconds < 2000;
  });
});

rootTest("where nodes are guarded it is safe, and the node itself refuses", async () => {
  await guardNodes("forward", "output");
  const run = await cluster.canary();
  assert.is(run.verdict, "safe");
  assert.equal(
    seen(run),
    nodes.flatMap((node) => [`${node} node refused`, `${node} pod refused`]),
  );
  assert.equal(
    run.sources.flatMap(({ links }) => links),
    [],
  );
  await unguardNodes();
});

rootTest("a guard on forward only is told from none", async () => {
  await guardNodes("forward");
  const run = await cluster.canary();
  assert.is(run.verdict, "loops");
  assert.equal(run.causes, ["forwarded", "forward-only guard"]);
  assert.equal(
    seen(run),
    nodes.flatMap((node) => [`${node} node forwarded refused`, `${node} pod refused`]),
  );
  await unguardNodes();
});

rootTest("a host guard alone is safe: it comes before the canary", async () => {
  const guard = renderHostGuard("a1b2c3", { bridge: "lab", allowed: ["lan0"], routes: [], inside: [] });
  await cluster.host.run("nft", ["-f", "-"], { input: guard });
  const run = await cluster.canary();
  assert.is(run.verdict, "safe");
  assert.equal(
    seen(run),
    nodes.flatMap((node) => [`${node} node refused`, `${node} pod refused`]),
  );
  await cluster.sh("nft delete table inet k3s_lab_a1b2c3_guard");
});

rootTest("a table of the lab's own alone is safe: what nodes send leaves by the uplink", async () => {
  await cluster.sh("ip rule add iif lab lookup 77; ip route add default via 192.168.77.1 dev lan0 table 77");
  const run = await cluster.canary();
  assert.is(run.verdict, "safe");
  for (const { forward, output, links, outcome } of run.sources) {
    assert.equal({ forward, output, links }, { forward: 0, output: 0, links: ["lan0"] });
    assert.is.not(outcome, "open");
  }
  await cluster.sh("ip rule del iif lab; ip route flush table 77");
});

rootTest("a VIF with a table of its own, before the main one, is found, too, and gets nothing", async () => {
  await cluster.sh("ip rule add lookup 78 priority 5270; ip route add 10.43.0.0/16 dev tel0 table 78");
  const { verdict, sources, control } = await cluster.canary();
  await cluster.sh("ip rule del priority 5270; ip route flush table 78");
  assert.is(verdict, "loops");
  assert.equal([...new Set(sources.flatMap(({ links }) => links))], ["tel0"]);
  assert.ok(control);
});

rootTest("a program of the host that connects for the nodes is user-mode NAT, though it accepts first", async () => {
  {
    await using _ = await cluster.host.background("perl", [userNatProgram, "1234"], { ready: /^listening/ });
    await cluster.sh(`nft 'table ip usernat { chain in {
      type nat hook prerouting priority dstnat
      iifname lab tcp dport 9001-9004 redirect to :1234
    }; }'`);
    const run = await cluster.canary();
    assert.is(run.verdict, "loops");
    assert.equal(run.causes, ["user-mode NAT"]);
    for (const { forward, output } of run.sources)
      assert.equal({ forward, output: output > 0 }, { forward: 0, output: true });
    await cluster.sh("nft delete table ip usernat");
  }
});

rootTest("a host whose firewall is reloaded meanwhile proves nothing", async () => {
  await guardNodes("forward", "output");
  const reloads: Source = {
    name: "node1",
    kind: "node",
    connect: async () => {
      await cluster.sh("nft flush ruleset");
      return { outcome: "refused" };
    },
  };
  const { verdict, control } = await cluster.canary({ sources: [reloads] });
  await unguardNodes();
  assert.is(verdict, "unproven");
  assert.not.ok(control);
});

rootTest("a source that cannot connect proves nothing, and delays no other", async () => {
  const broken: Source = { name: "node1", kind: "node", connect: () => Promise.reject(new Error("is stopped")) };
  const { verdict, sources } = await cluster.canary({ sources: [broken] });
  assert.is(verdict, "unproven");
  assert.is(sources[0]?.why, "is stopped");
});

rootTest("two doctors at once: one waits for the other", async () => {
  const runs = await Promise.all([cluster.canary(), cluster.canary(), cluster.canary()]);
  for (const run of runs) {
    assert.is(run.verdict, "loops");
    assert.equal(
      seen(run),
      nodes.flatMap((node) => [`${node} node forwarded refused`, `${node} pod forwarded refused`]),
    );
  }
});

rootTest("a doctor that is interrupted removes its canary", async () => {
  const interruption = new AbortController();
  const waits: Source = {
    name: "node1",
    kind: "node",
    connect: (_address, _port, signal) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(new Error("interrupted")));
        interruption.abort();
      }),
  };
  try {
    await cluster.canary({ sources: [waits], signal: interruption.signal });
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, "interrupted");
  }
});

/** Does what lab:down does about a canary, and returns its sentences. */
async function removals(): Promise<readonly string[]> {
  const sentences: string[] = [];
  const report = (event: Event) => void (event.event === "action-ended" && event.ok && sentences.push(event.action));
  await carryOut(removeCanary(cluster.host), { stage: "doctor", report });
  return sentences;
}

/** Only the text of the holder contains such a line. */
const killHolder = "kill -9 $(grep -lsE 'until answe[r]=' /proc/[0-9]*/cmdline | cut -d/ -f3)";

/** Starts a doctor whose attempts get no answer, and kills it while they are under way. */
async function killDoctor(whatElse = ""): Promise<void> {
  // Only the canary's packets: a VIF would get the retransmits.
  await cluster.sh(`nft 'table inet silence { chain forward {
    type filter hook forward priority 0
    oifname tlcan0 drop
  }; }'`);
  const doctor = await cluster.host.background(process.execPath, ["--import", "tsx", killed], {
    ready: /^connecting (\d+)/,
  });
  const [, pid] = doctor.line.split(" ");
  // SIGKILL: the programs that it has started lose their parent, and are not ended with its tree.
  await cluster.sh(`kill -9 ${pid}; while kill -0 ${pid} 2>/dev/null; do sleep 0.02; done; ${whatElse}`);
  await doctor[Symbol.asyncDispose]();
}

rootTest("a doctor that is killed leaves nothing after a moment, and no retransmit finds the VIF", async () => {
  await killDoctor();
  await eventually("the canary is gone", async () => !(await traces()).includes("tlcan0"));
  await cluster.sh("nft delete table inet silence");
  await eventually("all of it", async () => (await traces()) === before);
});

rootTest("killed with its holder: the kernel ends the canary, and the next run removes what is left", async () => {
  await killDoctor(killHolder);
  await cluster.sh("nft delete table inet silence");
  // To another program it looks as if it were at work.
  assert.equal(await removals(), []);
  assert.match(await traces(), "tlcan0");
  await eventually("its route is gone", async () => (await cluster.sh(`ip route show ${target}`)) === "");
  assert.is((await cluster.canary()).verdict, "loops");
});

rootTest("once its time is up it is removed without another run", async () => {
  await killDoctor(killHolder);
  // Time passes: no attempt is under way any more.
  await cluster.sh(`while grep -qsE '/dev/tc[p]/' /proc/[0-9]*/cmdline; do sleep 0.05; done
    nft delete table inet silence
    nft flush set inet k3s_lab_canary target; ip address flush dev tlcan0`);
  assert.equal(await removals(), ["host: remove the canary of a doctor that was killed"]);
  assert.equal(await removals(), []);
});

rootTest("a host that cannot have a canary reports why", async () => {
  try {
    await cluster.canary({ target: "10.43.1.0.9" });
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /^host: the canary could not be set up: .*10\.43\.1\.0\.9/s);
  }
});

test.run();
