// Three servers and an agent: any one server is lost, and what was acknowledged, the API, the registry and its images are not.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { makeImage, namedArchive, writeTar } from "@k3s-lab/images";
import { labDigest } from "@k3s-lab/lab";
import { machinePlaces } from "@k3s-lab/machines";
import { diffSnapshots, emulateHost, isRoot, rootOnly, type Snapshot, type World } from "@k3s-lab/testbed";
import { driveLab, type DrivenLab, eventually, readyNodes, upChangesNothing } from "./drive-lab.js";

const test = suite("several servers");
const realTest = rootOnly("several servers", test);

const servers = ["multi", "server2", "server3"];
const all = ["agent1", ...servers];
const labOf = (names: readonly string[]) =>
  `name: servers\nnodes:\n${names.map((name) => `  - { name: ${name}, role: server }\n`).join("")}  - { name: agent1 }\n`;

let world: World;
let lab: DrivenLab;
let before: Snapshot;

test.before(async () => {
  process.env.K3S_LAB_TRY_SEVERAL_SERVERS = "1";
  if (!isRoot) return;
  world = await emulateHost();
  lab = await driveLab(world.host, labOf(["multi"]));
  before = await lab.snapshot();
});

test.after(async () => {
  await lab?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

/** An image of one file, which nobody runs. */
function imageFile(name: string): string {
  const layer = writeTar([{ name: "content", content: Buffer.from(name) }]);
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const file = join(lab.dir, "image.tar");
  writeFileSync(file, namedArchive([makeImage({ architecture, config: {}, layer })], name));
  return file;
}

const inside = async (node: string, script: string) =>
  (await lab.npmOk("lab:exec", [node, "bash", "-c", script])).trim();
const pull = (node: string, image: string) => inside(node, `k3s crictl pull ${image} && k3s crictl rmi ${image}`);

const labId = () => labDigest(join(lab.dir, ".lab"));

/** Kills everything of a machine at once: no program of it hears of that. */
async function kill(name: string): Promise<void> {
  const which = `-n ${name} -P ${dirname(machinePlaces(labId(), name).dir)}`;
  const script = `kill -9 "$(lxc-info ${which} -p -H | tr -dc 0-9)" && lxc-wait ${which} -s STOPPED -t 30`;
  await world.host.run("sh", ["-c", script]);
}

/** Removes a machine's disk, as a person would by mistake. */
async function destroyDisk(name: string): Promise<void> {
  await kill(name);
  rmSync(machinePlaces(labId(), name).dir, { recursive: true, force: true });
}

/** Seconds until something succeeds. */
async function secondsUntil(what: string, holds: () => Promise<unknown>, within: number): Promise<number> {
  const started = performance.now();
  await eventually(
    what,
    async () =>
      holds().then(
        () => true,
        () => false,
      ),
    within,
  );
  return (performance.now() - started) / 1000;
}

const create = (name: string) => lab.kubectl("create", "configmap", name, "--from-literal=a=b", "--request-timeout=5s");

async function holder(): Promise<string | undefined> {
  const { sharedAddress = "" } = lab.state<{ readonly sharedAddress?: string }>("machines.json");
  for (const name of servers) {
    const { exitCode } = await lab.npm("lab:exec", [
      name,
      "sh",
      "-c",
      `ip -4 address show dev eth0 | grep -q ' ${sharedAddress}/32'`,
    ]);
    if (exitCode === 0) return name;
  }
  return undefined;
}

realTest(
  "one server becomes three: its store moves to etcd, and its registry's images to the servers' folder",
  async () => {
    await lab.npmOk("lab:up");
    await create("by-sqlite");
    await lab.npmOk("push", [imageFile("acme/early:1")]);
    lab.configure(labOf(servers));
    const planned = await lab.npmOk("lab:plan");
    assert.match(planned, "start the K3s server and join multi");
    assert.match(planned, "copy the registry's images to the folder that all servers share");
    await lab.npmOk("lab:up");
    assert.equal(await readyNodes(lab), all);
    assert.match(await lab.kubectl("get", "configmap", "by-sqlite", "--output=yaml"), "a: b");
    assert.match(await lab.npmOk("lab:exec", ["multi", "ls", "/var/lib/rancher/k3s/server/db"]), "etcd");
    await pull("agent1", "multi:5000/acme/early:1");
    await upChangesNothing(lab);
    const { sharedAddress = "" } = lab.state<{ readonly sharedAddress?: string }>("machines.json");
    assert.match(readFileSync(join(lab.dir, ".lab/kubeconfig"), "utf8"), `server: https://${sharedAddress}:6443`);
    assert.match((await world.host.run("cat", ["/etc/hosts"])).stdout, new RegExp(`${sharedAddress}\\s+multi`));
  },
);

realTest("the server that holds the address is killed: nothing acknowledged is lost, and all goes on", async () => {
  const victim = await holder();
  assert.ok(victim, "one of them has the address");
  await create("acknowledged");
  await lab.npmOk("push", [imageFile("acme/kept:1")]);
  await kill(victim);
  const written = await secondsUntil("a write succeeds", () => create("afterwards"), 120_000);
  const pushed = await secondsUntil("a push succeeds", () => lab.npmOk("push", [imageFile("acme/late:1")]), 120_000);
  const pulled = await secondsUntil("a pull succeeds", () => pull("agent1", "multi:5000/acme/kept:1"), 120_000);
  console.log(
    `${victim} killed: a write after ${written.toFixed(1)} s, then a push after ${pushed.toFixed(1)} s and a pull after ${pulled.toFixed(1)} s more`,
  );
  assert.ok(written <= 30, `a write after ${written} s`);
  assert.ok(written + pushed + pulled <= 60, "pushes and pulls within 60 s");
  for (const name of ["acknowledged", "by-sqlite"]) await lab.kubectl("get", "configmap", name);
  const status = await lab.npm("lab:status");
  assert.match(status.stdout, `${victim}`);
  await lab.npmOk("lab:up");
  assert.equal(await readyNodes(lab), all);
  await upChangesNothing(lab);
});

realTest("a server whose disk is destroyed is taken out of etcd, and joins as a new one", async () => {
  await destroyDisk("multi");
  await create("without-the-first");
  await lab.npmOk("lab:up");
  assert.equal(await readyNodes(lab), all);
  await upChangesNothing(lab);
  assert.match(
    await lab.npmOk("lab:exec", ["multi", "k3s", "kubectl", "get", "configmap", "without-the-first"]),
    "without",
  );
});

realTest("two of three are lost: the run says so and how to go on, and that works", async () => {
  for (const name of ["multi", "server3"]) await destroyDisk(name);
  const refused = await lab.npm("lab:up", ["--yes"]);
  assert.is(refused.exitCode, 1);
  assert.match(refused.stderr, "multi, server3: have lost their disks, and 1 of 3 servers cannot go on alone");
  assert.match(refused.stderr, "lab:up -- --reset-quorum");
  await lab.npmOk("lab:up", ["--reset-quorum", "--yes"]);
  assert.equal(await readyNodes(lab), all);
  for (const name of ["acknowledged", "by-sqlite", "without-the-first"]) await lab.kubectl("get", "configmap", name);
  await pull("agent1", "multi:5000/acme/kept:1");
  await upChangesNothing(lab);
});

realTest("three servers do not become one, and an agent does not become a server", async () => {
  lab.configure(labOf(["multi"]));
  const { exitCode, stderr } = await lab.npm("lab:up", ["--yes"]);
  assert.is(exitCode, 2);
  assert.match(stderr, "has one server, and the lab was made with 3");
  lab.configure(
    labOf(servers).replace("{ name: agent1 }", "{ name: agent1, role: server }\n  - { name: server5, role: server }"),
  );
  assert.match((await lab.npm("lab:up", ["--yes"])).stderr, "agent1: was made as an agent");
  lab.configure(labOf(servers));
});

realTest("lab:down leaves nothing of it", async () => {
  await lab.npmOk("lab:down");
  assert.is(diffSnapshots(before, await lab.snapshot()), "");
});

test.run();
