// What comes after day one: a lab is stopped and started over a reboot of its host, gets images without its registry, and is found
// and removed when its folder is gone.
// Runs alone: it compares times.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { makeImage, namedArchive, writeTar } from "@k3s-lab/images";
import { labDigest } from "@k3s-lab/lab";
import type { Pod } from "@k3s-lab/kube";
import { diffSnapshots, emulateHost, isRoot, rootOnly, type Snapshot, type World } from "@k3s-lab/testbed";
import { planThenUp } from "./compare-plan.js";
import {
  driveLab,
  type DrivenLab,
  eventually,
  modulesBuild,
  readyNodes,
  root,
  upChangesNothing,
  type List,
} from "./drive-lab.js";

const test = suite("day two");
const realTest = rootOnly("day two", test);

const two =
  "name: second-day\nnodes:\n  - { name: multi, role: server }\n  - { name: agent1, labels: { disk: ssd } }\n";

let world: World;
let lab: DrivenLab;
let before: Snapshot;
/** Milliseconds that the first lab:up took. */
let upTook = 0;

test.before(async () => {
  if (!isRoot) return;
  world = await emulateHost();
  lab = await driveLab(world.host, two);
  before = await lab.snapshot();
});

test.after(async () => {
  if (lab !== undefined && existsSync(lab.dir)) await lab[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Runs a command that does without a lab.yaml. */
const labs = (...args: readonly string[]) =>
  world.host.run(process.execPath, [join(root, "scripts/dist/labs.js"), ...args], { answers: "any", timeout: 120_000 });

const inside = async (node: string, script: string) =>
  (await lab.npmOk("lab:exec", [node, "bash", "-c", script])).trim();

/** An image of one file, which nobody runs. */
function imageFile(name: string, content: string): string {
  const layer = writeTar([{ name: "content", content: Buffer.from(content) }]);
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const file = join(lab.dir, "image.tar");
  writeFileSync(file, namedArchive([makeImage({ architecture, config: {}, layer })], name));
  return file;
}

realTest("there is nothing to stop or to start before the first lab:up", async () => {
  for (const script of ["lab:stop", "lab:start"]) {
    const { exitCode, stderr } = await lab.npm(script);
    assert.is(exitCode, 1);
    assert.match(stderr, "there is no lab yet. Run `npm run lab:up` first.");
  }
});

realTest("a stopped lab stands still, says so, and is not stopped twice", async () => {
  upTook = await timed(() => lab.npmOk("lab:up"));
  await lab.kubectl("create", "configmap", "kept", "--from-literal=by=disk");
  await lab.npmOk("push", [imageFile("kept:1", "kept")]);
  assert.match(await lab.npmOk("lab:stop"), "The lab is stopped");
  const containers = (await world.host.run("pgrep", ["-c", "containerd-shim"], { answers: "any" })).stdout;
  assert.is(containers.trim(), "0");
  const { exitCode, stdout } = await lab.npm("lab:status");
  assert.is(exitCode, 1);
  assert.match(stdout, /^Lab second-day: stopped\n/);
  assert.match(stdout, "`npm run lab:start` starts it");
  const silent = await lab.npm("kubectl", ["get", "nodes"]);
  assert.is(silent.exitCode, 1);
  assert.match(silent.stderr, /multi: is stopped, expected to be running. Run `npm run lab:start`/);
  assert.match((await lab.npm("lab:exec", ["multi", "true"])).stderr, "multi: is stopped");
  assert.match(await lab.npmOk("lab:stop"), "was stopped already");
});

realTest("labs tells of it", async () => {
  const seen = JSON.parse((await labs("--json")).stdout) as readonly Record<string, unknown>[];
  const own = seen.find(({ folder }) => folder === lab.dir);
  assert.equal([own?.name, own?.state, own?.hasFolder], ["second-day", "stopped", true]);
  assert.ok(Number(own?.bytes) > 50_000_000, String(own?.bytes));
});

interface Leases {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly renewTime: string };
  }[];
}

/** A question for kubernetes.default.svc.cluster.local, as bytes. */
const question =
  "\\x00\\x01\\x01\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x0akubernetes\\x07default\\x03svc\\x07cluster\\x05local\\x00\\x00\\x01\\x00\\x01";

/** Milliseconds that a further lab:start takes. */
async function restartTook(): Promise<number> {
  await lab.npmOk("lab:stop");
  return timed(() => lab.npmOk("lab:start"));
}

realTest("after a reboot of the host it is started as it was, faster than a fresh lab:up", async () => {
  const machines = readFileSync(join(lab.dir, ".lab/machines.json"), "utf8");
  await world.host.reboot();
  lab.configure("name: second-day\nnodes:\n  - { name: multi, role: server }\n");
  await lab.npmOk("lab:fetch");
  const begun = Date.now();
  let said = "";
  const startTook = await timed(async () => {
    const { exitCode, stdout, stderr } = await lab.npm("lab:start");
    assert.is(exitCode, 0, stderr);
    said = stdout + stderr;
  });
  // What works on the nodes that there are does not wait for a lab.yaml that is being edited.
  lab.configure("nodes: [");
  assert.is(await inside("agent1", "echo here"), "here");
  assert.match(await lab.kubectl("get", "nodes"), "agent1");
  assert.match(await lab.npmOk("images"), "kept:1");
  assert.ok(await lab.npmOk("logs", ["agent1"]));
  lab.configure(two);
  // What it says has come true by then.
  const { items } = await lab.kubectlJson<Leases>("get", "leases", "--namespace=kube-node-lease");
  assert.equal(items.map(({ metadata }) => metadata.name).toSorted(), ["agent1", "multi"]);
  for (const { metadata, spec } of items)
    assert.ok(Date.parse(spec.renewTime) > begun, `${metadata.name}: ${spec.renewTime}`);
  const { clusterDns } = lab.state<{ clusterDns: string }>("cluster.json");
  for (const node of ["multi", "agent1"]) {
    // From a file, in one piece: a shell writes by lines, and each would be a packet.
    const ask = `printf '${question}' >/tmp/question; exec 3<>/dev/udp/${clusterDns}/53; cat /tmp/question >&3; timeout 2 head -c 8 <&3 | od -An -tx1`;
    assert.match(await inside(node, ask), /^00 01 8. .0 00 01 00 01$/, `${node} gets one answer`);
  }
  const tags = 'fetch("http://multi:5000/v2/kept/tags/list").then((answer) => answer.text()).then(console.log)';
  assert.match((await world.host.run(process.execPath, ["-e", tags])).stdout, '"tags":["1"]');
  assert.equal(await readyNodes(lab), ["agent1", "multi"]);
  assert.match(await lab.kubectl("get", "configmap", "kept", "--output=yaml"), "by: disk");
  assert.is(readFileSync(join(lab.dir, ".lab/machines.json"), "utf8"), machines);
  assert.match(said, "lab.yaml has changed since the last lab:up");
  // Ten starts on a quiet machine took 0.60 to 0.91 times as long, by when kubelets first ask their pods: the best of five counts.
  const goal = 0.8 * upTook;
  let took = startTook;
  for (let again = 0; again < 4 && took > goal; again++) took = Math.min(took, await restartTook());
  console.log(`up ${Math.round(upTook)} ms, start ${Math.round(startTook)} ms: ${(took / upTook).toFixed(2)}`);
  assert.ok(took <= goal, `${took} ms, where lab:up took ${upTook} ms`);
  await upChangesNothing(lab);
});

realTest("lab:up starts a stopped lab, too, as lab:plan shows: nothing is installed", async () => {
  await lab.npmOk("lab:stop");
  const { plan, exitCode, differences } = await planThenUp(lab);
  assert.is(exitCode, 0);
  assert.equal(differences, []);
  assert.not.match(JSON.stringify(plan), /install K3s/);
  await upChangesNothing(lab);
});

realTest("an image that was loaded runs on every node, and no registry was asked", async () => {
  const { folder } = await modulesBuild();
  const arch = process.arch === "arm64" ? "arm64" : "amd64";
  const loaded = await lab.npmOk("load", [join(folder, `k3s-airgap-registry-${arch}.tar`), "--name", "acme/loaded:1"]);
  assert.is(loaded.trim(), "docker.io/acme/loaded:1 on multi, agent1");
  for (const node of ["multi", "agent1"]) {
    const pod = { nodeName: node };
    const overrides = JSON.stringify({ spec: pod });
    await lab.kubectl(
      "run",
      `on-${node}`,
      "--image=acme/loaded:1",
      "--image-pull-policy=Never",
      `--overrides=${overrides}`,
    );
  }
  await eventually("both pods run", async () => {
    const { items } = await lab.kubectlJson<List<Pod>>("get", "pods");
    return items.length === 2 && items.every(({ status }) => status?.phase === "Running");
  });
  const table = await lab.npmOk("images");
  assert.match(table, /^acme\/loaded:1 +- +\d.* MB +all$/m);
  assert.match(table, /^multi:5000\/kept:1 +\d+ B +- +-$/m);
});

realTest("what was pushed again is collected, and the registry goes on with what it has", async () => {
  await lab.npmOk("push", [imageFile("kept:1", "another ".repeat(100_000))]);
  await lab.npmOk("push", [imageFile("kept:1", "the last")]);
  const dry = await lab.npmOk("gc", ["--dry-run"]);
  assert.match(dry, /^  registry: stop it for a moment, and remove \d+ blobs \(\d.* kB\) that no tag leads to$/m);
  assert.match(await lab.npmOk("gc"), /^Freed \d.* kB\./);
  assert.match(await lab.npmOk("gc", ["--dry-run"]), "There is nothing to collect.");
  await inside("agent1", "k3s crictl pull multi:5000/kept:1");
  await upChangesNothing(lab);
});

interface NodeObject {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly taints?: readonly { readonly key: string; readonly effect: string }[] };
}

/** The limits of memory of agent1's cgroup, whichever cgroups the host has. */
async function memoryLimit(): Promise<string> {
  const places = ["memory.max", "memory.limit_in_bytes"].map((file) => `-path '*/k3s-lab-*/agent1/${file}'`);
  const { stdout } = await world.host.run("sh", ["-c", `find /sys/fs/cgroup ${places.join(" -o ")} | xargs cat`]);
  return stdout.trim();
}

realTest("labels, taints and limits follow lab.yaml, and K3s goes on", async () => {
  const agent = () => lab.kubectlJson<NodeObject>("get", "node", "agent1");
  const running = () => inside("agent1", "systemctl show --property=MainPID k3s-agent");
  const process = await running();
  assert.is((await agent()).metadata.labels.disk, "ssd", "set when it joined");
  await lab.kubectl("label", "node", "agent1", "hers=yes");
  lab.configure(
    two.replace("labels: { disk: ssd }", "labels: { tier: db }, taints: [gpu=true:NoSchedule], memory: 3072"),
  );
  const plan = await lab.npmOk("lab:plan");
  assert.match(plan, "label tier=db; remove label disk");
  assert.match(plan, "taint gpu=true:NoSchedule");
  assert.match(plan, "limit it to 3072 MB of memory");
  assert.match(plan, "1 node to change; 3 actions");
  await lab.npmOk("lab:up");
  const { metadata, spec } = await agent();
  const { tier, disk, hers } = metadata.labels;
  assert.equal([tier, disk, hers], ["db", undefined, "yes"]);
  assert.equal(
    spec.taints?.map(({ key, effect }) => `${key}:${effect}`),
    ["gpu:NoSchedule"],
  );
  assert.is(await memoryLimit(), String(3072 * 2 ** 20));
  const { stdout } = await lab.npm("lab:status", ["--json"]);
  const { nodes } = JSON.parse(stdout) as { nodes: readonly { name: string; memory?: number }[] };
  assert.is(nodes.find(({ name }) => name === "agent1")?.memory, 3072);
  await upChangesNothing(lab);
  lab.configure(two);
  await lab.npmOk("lab:up");
  assert.match(await memoryLimit(), /^(max|9\d{18})$/);
  const after = await agent();
  assert.equal(
    [after.metadata.labels.tier, after.metadata.labels.disk, after.spec.taints],
    [undefined, "ssd", undefined],
  );
  assert.is(await running(), process);
  await upChangesNothing(lab);
});

realTest("a lab whose folder is gone is listed, and removed by its id", async () => {
  const id = labDigest(join(lab.dir, ".lab"));
  rmSync(lab.dir, { recursive: true });
  const { stdout } = await labs();
  assert.match(stdout, new RegExp(`^${id} +second-day +running +2 lxc .* ${lab.dir} \\(deleted\\)$`, "m"));
  assert.is((await labs("--remove", "zzzzzz")).exitCode, 2);
  const removed = await labs("--remove", id);
  assert.is(removed.exitCode, 0, removed.stderr);
  assert.match(removed.stdout, `Lab ${id} is gone`);
  assert.not.ok(existsSync(lab.dir), "its folder does not come back");
  assert.not.match((await labs()).stdout, id);
  assert.is(diffSnapshots(before, await lab.snapshot()), "");
});

test.run();
