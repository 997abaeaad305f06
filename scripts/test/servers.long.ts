// Three servers and an agent: any one server is lost, and what was acknowledged, the API, the registry and its images are not.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { diffSnapshots, rootOnly, type Snapshot, type World } from "@k3s-lab/testbed";
import { type DrivenLab, readyNodes, upChangesNothing } from "./drive-lab.js";
import { shareLab } from "./share-lab.js";
import { labOf, ofContainers, secondsUntil, servers, SeveralServers } from "./several-servers.js";

const test = suite("several servers");
const realTest = rootOnly("several servers", test);

const all = ["agent1", ...servers];

let world: World;
let lab: DrivenLab;
let several: SeveralServers;
let before: Snapshot;

shareLab(test, {
  yaml: labOf(["multi"], ["agent1"]),
  async ready(shared) {
    ({ world, lab } = shared);
    several = new SeveralServers(lab, ofContainers(lab, world.host));
    before = await lab.snapshot();
  },
});

realTest(
  "one server becomes three: its store moves to etcd, and its registry's images to the servers' folder",
  async () => {
    await lab.npmOk("lab:up");
    await several.write("by-sqlite");
    await several.push("acme/early:1");
    lab.configure(labOf(servers, ["agent1"]));
    const planned = await lab.npmOk("lab:plan");
    assert.match(planned, "start the K3s server and join multi");
    assert.match(planned, "copy the registry's images to the folder that all servers share");
    await lab.npmOk("lab:up");
    assert.equal(await readyNodes(lab), all);
    assert.match(await lab.kubectl("get", "configmap", "by-sqlite", "--output=yaml"), "a: b");
    assert.match(await lab.npmOk("lab:exec", ["multi", "ls", "/var/lib/rancher/k3s/server/db"]), "etcd");
    await several.pull("agent1", "acme/early:1");
    await upChangesNothing(lab);
    const slow = "journalctl -u k3s | grep -c -e 'request stats' -e 'took too long' || true";
    const warnings = Number(await lab.npmOk("lab:exec", ["multi", "bash", "-c", slow]));
    assert.ok(warnings < 10, `etcd has warned of ${warnings} slow requests`);
    assert.match(readFileSync(join(lab.dir, ".lab/kubeconfig"), "utf8"), `server: https://${several.address}:6443`);
    assert.match((await world.host.run("cat", ["/etc/hosts"])).stdout, new RegExp(`${several.address}\\s+multi`));
  },
);

realTest("the server that holds the address is killed: nothing acknowledged is lost, and all goes on", async () => {
  const victim = await several.losesHolder("agent1");
  await lab.kubectl("get", "configmap", "by-sqlite");
  const collected = await lab.npm("gc");
  assert.is(collected.exitCode, 1);
  assert.match(collected.stderr, `${victim}: its machine does not run, and garbage is collected only while`);
  await several.pull("agent1", "acme/kept:1");
  await lab.npmOk("lab:up");
  assert.equal(await readyNodes(lab), all);
  await upChangesNothing(lab);
});

realTest("a server whose disk is destroyed is taken out of etcd, and joins as a new one", async () => {
  await several.destroyDisk("multi");
  // It may have been the one that had the address, or led etcd.
  const written = await secondsUntil("a write succeeds", () => several.write("without-the-first"));
  assert.ok(written <= 30, `a write after ${written} s`);
  await lab.npmOk("lab:up");
  assert.equal(await readyNodes(lab), all);
  await upChangesNothing(lab);
  assert.match(
    await lab.npmOk("lab:exec", ["multi", "k3s", "kubectl", "get", "configmap", "without-the-first"]),
    "without",
  );
});

realTest("two of three are lost: the run says so and how to go on, and that works", async () => {
  for (const name of ["multi", "server3"]) await several.destroyDisk(name);
  const refused = await lab.npm("lab:up", ["--yes"]);
  assert.is(refused.exitCode, 1);
  assert.match(refused.stderr, "multi, server3: have lost their disks, and 1 of 3 servers cannot go on alone");
  assert.match(refused.stderr, "lab:up -- --reset-quorum");
  const started = performance.now();
  await lab.npm("lab:plan");
  const planned = (performance.now() - started) / 1000;
  console.log(`a plan without a quorum takes ${planned.toFixed(1)} s`);
  assert.ok(planned < 40, "it does not wait for an API that cannot answer again and again");
  await lab.npmOk("lab:up", ["--reset-quorum", "--yes"]);
  assert.equal(await readyNodes(lab), all);
  for (const name of ["acknowledged", "by-sqlite", "without-the-first"]) await lab.kubectl("get", "configmap", name);
  await several.pull("agent1", "acme/kept:1");
  await upChangesNothing(lab);
});

realTest("a snapshot of three servers brings all of it back as it was, the registry's images, too", async () => {
  await several.comesBack();
  assert.equal(await readyNodes(lab), all);
  await lab.kubectl("get", "configmap", "by-sqlite");
  await upChangesNothing(lab);
});

realTest("three servers do not become one, and an agent does not become a server", async () => {
  lab.configure(labOf(["multi"]));
  const { exitCode, stderr } = await lab.npm("lab:up", ["--yes"]);
  assert.is(exitCode, 2);
  assert.match(stderr, "has one server, and the lab was made with 3");
  lab.configure(labOf([...servers, "agent1", "server5"]));
  assert.match((await lab.npm("lab:up", ["--yes"])).stderr, "agent1: was made as an agent");
  lab.configure(labOf(servers, ["agent1"]));
});

realTest("lab:down leaves nothing of it", async () => {
  await lab.npmOk("lab:down");
  assert.is(diffSnapshots(before, await lab.snapshot()), "");
});

test.run();
