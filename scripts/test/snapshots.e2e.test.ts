// A snapshot is of one instant, while everything goes on being written; what it holds comes back here and on another host; a
// restore that is killed leaves what was before or what comes after; and a power cut takes nothing that was acknowledged.
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { emulateHost, isRoot, rootOnly, type World } from "@k3s-lab/testbed";
import { labDigest } from "@k3s-lab/lab";
import { driveLab, type DrivenLab, eventually, readyNodes, root, upChangesNothing } from "./drive-lab.js";
import { killWhen } from "./kill-command.js";
import { usesVolume, useVolume, volumeFolder } from "./local-volume.js";
import { cutPower, nothingYet } from "./power-cuts.js";
import { startWriter, type Written } from "./snapshot-writers.js";

const test = suite("snapshots");
const realTest = rootOnly("snapshots", test);

const two = "name: kept\nnodes:\n  - { name: multi, role: server }\n  - { name: agent1 }\n";

let world: World;
let lab: DrivenLab;
/** Where snapshots are. */
const kept = mkdtempSync(join(tmpdir(), "k3s-lab-snapshots-"));
process.env.K3S_LAB_SNAPSHOTS = kept;

test.before(async () => {
  if (!isRoot) return;
  world = await emulateHost();
  lab = await driveLab(world.host, two);
});

test.after(async () => {
  await lab?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
  rmSync(kept, { recursive: true, force: true });
});

const onNode = async (of: DrivenLab, node: string, script: string) =>
  (await of.npmOk("lab:exec", [node, "bash", "-c", script])).trim();

const folder = (name: string) => join(kept, name);

interface Manifest {
  readonly taken: string;
  readonly frozen: number;
}

const manifestOf = (name: string) => JSON.parse(readFileSync(join(folder(name), "manifest.json"), "utf8")) as Manifest;

/** What the snapshot has of both writers: the last number of each, and that none before it is missing. */
async function lastWritten(of: DrivenLab): Promise<{ readonly inVolume: number; readonly inStore: number }> {
  const lines = await onNode(of, "agent1", `cat ${volumeFolder}/numbers`);
  const numbers = lines.split("\n").map(Number);
  assert.equal(
    numbers,
    numbers.map((_, index) => index + 1),
    "the volume has every number",
  );
  const names = (await of.kubectl("get", "configmaps", "--output=name")).split("\n");
  const stored = names.flatMap((name) => Number(/\/n(\d+)$/.exec(name)?.[1] ?? Number.NaN)).filter((n) => n > 0);
  assert.equal(
    stored.toSorted((one, other) => one - other),
    stored.map((_, index) => index + 1),
    "the store has every number",
  );
  return { inVolume: numbers.length, inStore: stored.length };
}

let written: { readonly inVolume: readonly Written[]; readonly inStore: readonly Written[] };

realTest("a snapshot while all is written freezes its machines for three seconds at most", async () => {
  await lab.npmOk("lab:up");
  await useVolume(lab);
  const data = await onNode(lab, "agent1", `ls -d ${volumeFolder}`);
  await using inVolume = await startWriter(
    lab,
    "agent1",
    `i=0; while i=$((i + 1)); do echo $i >>${data}/numbers; sync ${data}/numbers; echo $i $(date +%s%N); done`,
  );
  await using inStore = await startWriter(
    lab,
    "multi",
    "i=0; while i=$((i + 1)); do k3s kubectl create configmap n$i >/dev/null && echo $i $(date +%s%N); done",
  );
  await eventually("both write", async () => inVolume.written.length > 50 && inStore.written.length > 3);
  const said = await lab.npmOk("lab:snapshot", ["first"]);
  const after = { inVolume: inVolume.written.length, inStore: inStore.written.length };
  await eventually(
    "both go on",
    async () => inVolume.written.length > after.inVolume + 10 && inStore.written.length > after.inStore + 1,
  );
  written = { inVolume: [...inVolume.written], inStore: [...inStore.written] };
  const { frozen } = manifestOf("first");
  console.log(`frozen for ${frozen} ms; longest pause ${inVolume.longestPause()} ms`);
  assert.ok(frozen > 0 && frozen <= 3000, `${frozen} ms`);
  // What the writer itself has felt, of which it cannot have felt less than the disks were archived.
  assert.ok(inVolume.longestPause() <= 3000, `${inVolume.longestPause()} ms`);
  assert.match(said, "The snapshot first has 2 nodes");
});

realTest("it is listed, is nobody else's to read, and its name is taken", async () => {
  const { stdout } = await world.host.run("npm", ["run", "-s", "lab:snapshots", "--", "--json"]);
  const [listed] = JSON.parse(stdout) as readonly { name: string; lab: string; bytes: number; nodes: object[] }[];
  assert.equal([listed?.name, listed?.lab, listed?.nodes.length], ["first", "kept", 2]);
  assert.ok(Number(listed?.bytes) > 100_000, String(listed?.bytes));
  assert.is(statSync(folder("first")).mode & 0o777, 0o700);
  for (const file of readdirSync(folder("first"))) {
    assert.is(statSync(join(folder("first"), file)).mode & 0o777, 0o600, file);
  }
  assert.equal(readdirSync(kept), ["first"], "nothing is left beside it");
  const { exitCode, stderr } = await lab.npm("lab:snapshot", ["first"]);
  assert.is(exitCode, 2);
  assert.match(stderr, "first: exists");
});

/** Holds what was restored to what was acknowledged before the machines stood still, and to what may have been since. */
async function isOfOneInstant(of: DrivenLab): Promise<void> {
  const { taken, frozen } = manifestOf("first");
  const last = await lastWritten(of);
  for (const part of ["inVolume", "inStore"] as const) {
    const count = (until: number) => written[part].filter(({ at }) => at <= until).length;
    const [least, most] = [count(Date.parse(taken)), count(Date.parse(taken) + frozen) + 1];
    assert.ok(last[part] >= least && last[part] <= most, `${part}: ${last[part]}, expected ${least} to ${most}`);
  }
  await usesVolume(of);
}

realTest("a lab is restored as it was at that instant, and asks before", async () => {
  await lab.kubectl("delete", "configmap", "n1");
  await lab.kubectl("create", "configmap", "later");
  await onNode(lab, "agent1", `rm ${volumeFolder}/numbers; touch /etc/later`);
  const { exitCode, stderr } = await lab.npm("lab:restore", ["first"]);
  assert.is(exitCode, 2);
  assert.match(stderr, "what the lab kept has stored since");
  lab.configure("name: kept\nnodes: [{ name: multi, role: server }]\n");
  const restored = await lab.npm("lab:restore", ["first", "--yes"]);
  assert.is(restored.exitCode, 0, restored.stderr);
  assert.match(restored.stdout + restored.stderr, "lab.yaml is not what it was when first was taken");
  lab.configure(two);
  await isOfOneInstant(lab);
  assert.not.match(await lab.kubectl("get", "configmaps", "--output=name"), "later");
  assert.is(await onNode(lab, "agent1", "ls /etc/later 2>/dev/null || true"), "");
  assert.equal(await readyNodes(lab), ["agent1", "multi"]);
  await upChangesNothing(lab);
});

realTest("a restore that is killed leaves what was before, or what comes after", async () => {
  const output = join(kept, ".output");
  const command = ["npm", "run", "-s", "lab:restore", "--", "--config", join(lab.dir, "lab.yaml"), "first", "--yes"];
  const killedWhen = (there: (id: string) => boolean) =>
    killWhen(world.host, command, { cwd: root, output }, async () => there(labDigest(join(lab.dir, ".lab"))));
  const restoring = join(lab.dir, ".lab/restoring.json");
  await lab.kubectl("create", "configmap", "before");
  await killedWhen((id) => existsSync(join("/var/lib/k3s-lab", id, "restore")));
  assert.not.ok(existsSync(restoring));
  await upChangesNothing(lab);
  assert.match(await lab.kubectl("get", "configmaps", "--output=name"), "before");
  await killedWhen(() => existsSync(restoring));
  assert.match(await lab.npmOk("lab:plan"), "the restore of first was cut short");
  await lab.npmOk("lab:up");
  assert.not.match(await lab.kubectl("get", "configmaps", "--output=name"), "before");
  await isOfOneInstant(lab);
  await upChangesNothing(lab);
});

realTest("machines that a killed snapshot has left frozen go on with the next lab:up", async () => {
  const machines = join("/var/lib/k3s-lab", labDigest(join(lab.dir, ".lab")), "machines");
  await world.host.run("lxc-freeze", ["-n", "agent1", "-P", machines]);
  assert.match((await lab.npm("lab:exec", ["agent1", "true"])).stderr, "agent1: is stopped");
  assert.match(await lab.npmOk("lab:plan"), /^agent1 \(agent\)\n(?: .*\n)*? +\S start/m);
  await lab.npmOk("lab:up");
  assert.is(await onNode(lab, "agent1", "echo goes on"), "goes on");
  await upChangesNothing(lab);
});

const known = nothingYet();
for (const cut of [1, 2]) {
  realTest(`after power cut ${cut} all is there that was acknowledged`, () =>
    cutPower({ host: world.host, lab }, cut, known),
  );
}

realTest(
  "on another host it is refused where its networks are taken, and gets other addresses where those are",
  async () => {
    const { machines } = lab.state<{ machines: readonly { address: string }[] }>("machines.json");
    const { lan, podCidr } = lab.state<{ lan: { subnet: string }; podCidr: string }>("host-network.json");
    await lab.npmOk("lab:down");
    await using other = await emulateHost({ lan: "seed" });
    await using there = await driveLab(other.host);
    rmSync(join(there.dir, "lab.yaml"));
    const copy = join(kept, "copied", "first");
    cpSync(folder("first"), copy, { recursive: true });
    const ip = (words: string) => other.host.run("ip", words.split(" "));
    await ip("link add taken type bridge");
    await ip("link set taken up");
    await ip(`route add ${podCidr} dev taken`);
    const refused = await there.npm("lab:restore", [copy]);
    assert.is(refused.exitCode, 1);
    assert.match(refused.stderr, `its pod CIDR ${podCidr} overlaps the host's route ${podCidr} (taken)`);
    assert.equal(
      readdirSync(there.dir).filter((name) => name !== ".lab"),
      [],
    );
    await ip(`route del ${podCidr} dev taken`);
    await ip(`route add ${lan.subnet} dev taken`);
    const said = await there.npm("lab:restore", [copy]);
    assert.is(said.exitCode, 0, said.stderr);
    assert.match(said.stdout + said.stderr, "shares its certificate authority");
    assert.is(readFileSync(join(there.dir, "lab.yaml"), "utf8"), two);
    const now = there.state<{ machines: readonly { address: string }[] }>("machines.json").machines;
    for (const { address } of now)
      assert.not.ok(
        machines.some((before) => before.address === address),
        address,
      );
    assert.equal(await readyNodes(there), ["agent1", "multi"]);
    await isOfOneInstant(there);
    // A lookup that a busy host answers too late is waited for once more.
    await eventually(
      "nothing is left to do",
      async () => (await there.npm("lab:plan", ["--exit-code"])).exitCode === 0,
    );
    await upChangesNothing(there);
  },
);

test.run();
