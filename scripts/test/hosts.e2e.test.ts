// A lab on hosts whose firewalls forward nothing by themselves, and on one that is on no network at all.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { diffSnapshots, emulateHost, type EmulateOptions, rootOnly } from "@k3s-lab/testbed";
import { driveLab, readyNodes, upChangesNothing } from "./drive-lab.js";

const test = suite("a lab on difficult hosts");
const realTest = rootOnly("a lab on difficult hosts", test);

const two = "nodes:\n  - { name: multi, role: server }\n  - { name: agent1 }\n";

for (const forward of ["iptables-drop", "docker", "nft-drop"] as const) {
  realTest(`the FORWARD policy is DROP: ${forward}`, async () => {
    await onHost({ forward }, async ({ lab, world }) => {
      const pinged = await lab.npm("lab:exec", ["agent1", "ping", "-c", "1", "-W", "2", "192.168.77.1"]);
      assert.is(pinged.exitCode, 0, "a node reaches the router");
      const { stdout } = await world.host.run("sh", ["-c", "iptables -S FORWARD; nft list ruleset"]);
      assert.match(stdout, /-P FORWARD DROP|policy drop/, "the host's own policy stands");
    });
  });
}

realTest("no uplink at all", async () => {
  await onHost({ uplink: false }, async ({ lab }) => {
    await upChangesNothing(lab);
  });
});

interface Scene {
  readonly lab: Awaited<ReturnType<typeof driveLab>>;
  readonly world: Awaited<ReturnType<typeof emulateHost>>;
}

async function onHost(options: EmulateOptions, look: (scene: Scene) => Promise<void>): Promise<void> {
  await using world = await emulateHost(options);
  await using lab = await driveLab(world.host, two);
  const before = await lab.snapshot();
  assert.match(await lab.npmOk("lab:up"), "registry verified");
  assert.equal(await readyNodes(lab), ["agent1", "multi"]);
  await look({ lab, world });
  await lab.npmOk("lab:down");
  assert.is(diffSnapshots(before, await lab.snapshot()), "");
}

test.run();
