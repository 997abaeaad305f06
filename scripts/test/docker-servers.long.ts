// Three servers and an agent in Docker: any one server is lost, and the host goes on by the same ports of 127.0.0.1.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  diffSnapshots,
  type Docker,
  type EmulatedHost,
  emulateHost,
  isRoot,
  rootOnly,
  type Snapshot,
  startDocker,
  type World,
} from "@k3s-lab/testbed";
import { planThenUp } from "./compare-plan.js";
import { driveLab, type DrivenLab, readyNodes, upChangesNothing } from "./drive-lab.js";
import { idOf, labOf, ofDocker, secondsUntil, servers, SeveralServers } from "./several-servers.js";
import { ServersSnapshot } from "./servers-snapshot.js";
import { warmDocker } from "./warm-docker.js";

const test = suite("several servers in Docker");
const realTest = rootOnly("several servers in Docker", test);

const all = ["agent1", ...servers];
const inDocker = "machines: { provider: docker }\n";

/** What `doctor --json` prints, as far as it matters here. */
interface DoctorReport {
  readonly findings: readonly { readonly rule: string; readonly seen: string }[];
}

let dir: string;
let world: World;
let docker: Docker;
let host: Pick<EmulatedHost, "run">;
let lab: DrivenLab;
let several: SeveralServers;
let before: Snapshot;
let kubeconfig: string;
let snapshot: ServersSnapshot;

/** What a person's kubectl goes by. The servers' own addresses, which k3s-lab notes beside it, come with the servers. */
const readKubeconfig = () =>
  readFileSync(join(lab.dir, ".lab/kubeconfig"), "utf8").replace(/^( +)extensions:\n(?:\1 +.*\n)+/m, "");
const dockerSays = async (...args: readonly string[]) => (await host.run("docker", args)).stdout.trim();
const relay = () => `k3s-lab-${idOf(lab)}.relay`;

test.before(async () => {
  if (!isRoot) return;
  dir = mkdtempSync("/var/tmp/k3s-lab-docker-servers-");
  world = await emulateHost({ forward: "iptables-drop" });
  docker = await startDocker(world.host, { dir: `${dir}/docker` });
  host = {
    run: (command, args, options) =>
      world.host.run(command, args, { ...options, env: { DOCKER_HOST: docker.endpoint, ...options?.env } }),
  };
  lab = await driveLab(host, labOf(["multi"], ["agent1"], inDocker));
  several = new SeveralServers(lab, ofDocker(lab, host));
  await warmDocker(host);
  before = await lab.snapshot();
});

test.after(async () => {
  await lab?.[Symbol.asyncDispose]();
  await docker?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
  if (dir) rmSync(dir, { recursive: true, force: true });
});

/** Has the lab's containers made again of another image, as the plan shows: K3s is installed anew, and the volumes stay. */
async function changeImage(): Promise<void> {
  const file = join(lab.dir, ".lab/machines.json");
  const { image } = lab.state<{ readonly docker: { readonly image: string } }>("machines.json").docker;
  await dockerSays("tag", image, "k3s-lab/node:other");
  writeFileSync(file, readFileSync(file, "utf8").replace(image, "k3s-lab/node:other"));
  const { plan, exitCode, differences } = await planThenUp(lab);
  assert.is(exitCode, 0);
  assert.equal(differences, []);
  for (const name of ["multi", "agent1"]) {
    assert.match(JSON.stringify(plan), `${name}: stop it and make it again from its image`);
    assert.match(JSON.stringify(plan), `${name}: install K3s`);
    const used = await dockerSays("inspect", "--format={{.Config.Image}}", `k3s-lab-${idOf(lab)}-${name}`);
    assert.is(used, "k3s-lab/node:other");
  }
  assert.match(await lab.kubectl("get", "configmap", "by-sqlite", "--output=yaml"), "a: b");
  await upChangesNothing(lab);
}

realTest("one server becomes three, and the host's ports stay what they were", async () => {
  await lab.npmOk("lab:up");
  kubeconfig = readKubeconfig();
  const ports = (await dockerSays("port", `k3s-lab-${idOf(lab)}-multi`)).split("\n").toSorted();
  await several.write("by-sqlite");
  await several.push("acme/early:1");
  await changeImage();
  lab.configure(labOf(servers, ["agent1"], inDocker));
  const { plan, exitCode, differences } = await planThenUp(lab);
  assert.is(exitCode, 0);
  assert.equal(differences, []);
  assert.match(JSON.stringify(plan), "make the relay from 127.0.0.1 to the servers' address");
  assert.equal(await readyNodes(lab), all);
  assert.is(readKubeconfig(), kubeconfig);
  assert.equal((await dockerSays("port", relay())).split("\n").toSorted(), ports);
  assert.is(await dockerSays("port", `k3s-lab-${idOf(lab)}-multi`), "");
  assert.match(await lab.kubectl("get", "configmap", "by-sqlite", "--output=yaml"), "a: b");
  await several.pull("agent1", "acme/early:1");
  await upChangesNothing(lab);
});

realTest("the server that holds the address is killed: nothing acknowledged is lost, and all goes on", async () => {
  await several.losesHolder("agent1");
  assert.is(readKubeconfig(), kubeconfig);
  await lab.npmOk("lab:up");
  assert.equal(await readyNodes(lab), all);
  await upChangesNothing(lab);
});

realTest("a server whose volumes are removed is taken out of etcd, and joins as a new one", async () => {
  await several.destroyDisk("multi");
  const written = await secondsUntil("a write succeeds", () => several.write("without-the-first"));
  assert.ok(written <= 30, `a write after ${written} s`);
  await lab.npmOk("lab:up");
  assert.equal(await readyNodes(lab), all);
  await several.pull("multi", "acme/kept:1");
  await upChangesNothing(lab);
});

for (const [what, words, told, found] of [
  ["was killed", ["kill"], "its container does not run", "stopped"],
  ["was removed", ["rm", "--force"], "its container is gone", "absent"],
] as const) {
  realTest(`a relay that ${what} is told of, and lab:up repairs it with the same ports`, async () => {
    const ports = await dockerSays("port", relay());
    await dockerSays(...words, relay());
    assert.is.not((await lab.npm("kubectl", ["get", "nodes", "--request-timeout=5s"])).exitCode, 0);
    const status = await lab.npm("lab:status");
    assert.is(status.exitCode, 1);
    assert.match(status.stdout, told);
    const { findings } = JSON.parse((await lab.npm("doctor", ["--json", "--no-probe"])).stdout) as DoctorReport;
    assert.equal(
      findings.filter(({ rule }) => rule === "R39").map(({ seen }) => seen),
      [found],
    );
    await lab.npmOk("lab:up");
    assert.equal((await dockerSays("port", relay())).split("\n").toSorted(), ports.split("\n").toSorted());
    await lab.npmOk("lab:status");
    await upChangesNothing(lab);
  });
}

realTest("a snapshot of three servers brings all of it back as it was, the registry's images, too", async () => {
  snapshot = await ServersSnapshot.take(several, join(lab.dir, "snapshots"));
  for (const name of servers) await several.destroyDisk(name);
  await several.destroyImages();
  await lab.npmOk("lab:restore", [snapshot.folder, "--yes"]);
  await snapshot.isWholeIn(several);
  await lab.kubectl("get", "configmap", "by-sqlite");
  assert.is(readKubeconfig(), kubeconfig);
  assert.not.match(await dockerSays("ps", "--all", "--format={{.Names}}"), "-disk", "no helper is left");
  await upChangesNothing(lab);
});

realTest("a stopped lab runs nothing, and starts with what it had", async () => {
  await lab.npmOk("lab:stop");
  assert.is(await dockerSays("ps", "--quiet"), "");
  await lab.npmOk("lab:start");
  assert.equal(await readyNodes(lab), all);
  await lab.kubectl("get", "configmap", "acknowledged");
  await several.pull("agent1", "acme/kept:1");
  await upChangesNothing(lab);
});

realTest("after a prune of what does not run, lab:up says what is lost, or has everything again", async () => {
  await lab.npmOk("lab:stop");
  await dockerSays("system", "prune", "--all", "--volumes", "--force");
  const isLost = (await dockerSays("volume", "ls", "--quiet")) === "";
  const { exitCode, stdout, stderr } = await lab.npm("lab:up");
  assert.is(/what the cluster and its registry held is lost/.test(stdout + stderr), isLost, stdout + stderr);
  assert.is(exitCode, 0, stderr);
  assert.equal(await readyNodes(lab), all);
  assert.is(readKubeconfig() === kubeconfig, !isLost);
  assert.is((await lab.npm("kubectl", ["get", "configmap", "acknowledged"])).exitCode, isLost ? 1 : 0);
  await upChangesNothing(lab);
});

realTest("three servers are made from nothing as the plan shows", async () => {
  await lab.npmOk("lab:down");
  const { exitCode, differences } = await planThenUp(lab);
  assert.is(exitCode, 0);
  assert.equal(differences, []);
  assert.equal(await readyNodes(lab), all);
});

realTest("lab:down leaves nothing of it", async () => {
  await lab.npmOk("lab:down");
  assert.is(await dockerSays("ps", "--all", "--quiet"), "");
  assert.is(await dockerSays("volume", "ls", "--quiet"), "");
  assert.is(diffSnapshots(before, await lab.snapshot()), "");
});

realTest(
  "the snapshot is restored as another lab, whose servers get other addresses, also by runs that are killed",
  async () => {
    const { subnet } = snapshot.manifest;
    await dockerSays("network", "create", "--subnet", subnet, "taken");
    await using there = await driveLab(host);
    const moved = new SeveralServers(there, ofDocker(there, host));
    await snapshot.isRestoredElsewhere(moved);
    // All of them are members: one may be lost.
    await moved.losesHolder("agent1");
    await snapshot.isRestoredDespiteKills(moved, host);
    assert.not.match(await dockerSays("ps", "--all", "--format={{.Names}}"), "-disk", "no helper is left");
  },
);

test.run();
