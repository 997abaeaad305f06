// What a lab of Docker's has in common with one of Linux containers, by whatever Docker it is.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { labDigest } from "@k3s-lab/lab";
import {
  diffSnapshots,
  type Docker,
  type EmulatedHost,
  emulateHost,
  rootOnly,
  startDocker,
  type World,
} from "@k3s-lab/testbed";
import type { Extent } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { planThenStart, planThenUp } from "./compare-plan.js";
import { amiss, drawMap } from "./draw-map.js";
import { driveLab, type DrivenLab, readyNodes, upChangesNothing } from "./drive-lab.js";
import { plantSecret, readReport } from "./read-report.js";
import { warmDocker } from "./warm-docker.js";

const yaml = "machines: { provider: docker }\n";

async function stopsAndStarts(lab: DrivenLab): Promise<void> {
  await lab.npmOk("lab:stop");
  assert.match((await lab.npm("lab:status")).stdout, ": stopped\n");
  const { exitCode, differences } = await planThenStart(lab);
  assert.is(exitCode, 0);
  assert.equal(differences, []);
  assert.equal(await readyNodes(lab), ["agent1", "agent2", "multi"]);
}

/** Docker's own archive goes to the nodes as it is: of what was imported above. */
async function loads(lab: DrivenLab): Promise<void> {
  const loaded = await lab.npmOk("load", ["empty:latest"]);
  assert.match(loaded, /^docker\.io\/library\/empty:latest on multi, agent1, agent2$/m);
  assert.match(await lab.npmOk("images"), /^empty:latest +- +[\d.]+ \S+ +all$/m);
}

/** Bytes are counted to the end while Docker pushes an image of its own, while it saves it, and while each node imports it. */
async function countsBytes(lab: DrivenLab): Promise<void> {
  const counted = async (script: string) => {
    const { stdout, stderr } = await lab.npm(script, ["large:1"], { env: { K3S_LAB_REPORT: "json" } });
    const events = `${stdout}\n${stderr}`.split("\n").filter((line) => line.startsWith('{"event":"progress"'));
    const extents = events.map((line) => JSON.parse(line) as Extent).filter(({ unit }) => unit === "bytes");
    // The last word on each: how much of what. Docker saves one file for all.
    return new Map(extents.map((extent) => [extent.of ?? "saved", extent]));
  };
  const isWhole = ({ done, total }: Extent) => done >= 2e7 && done === total;
  const pushed = await counted("push");
  assert.match([...pushed.keys()].join(), /^layer [0-9a-f]{12}$/);
  const loaded = await counted("load");
  assert.equal([...loaded.keys()].toSorted(), ["agent1", "agent2", "multi", "saved"]);
  for (const [of, extent] of [...pushed, ...loaded]) assert.ok(isWhole(extent), `${of}: ${JSON.stringify(extent)}`);
}

/** A lab, and the Docker that it is in. */
interface Place {
  readonly lab: DrivenLab;
  readonly world: World;
  readonly docker: Docker;
  /** Runs Docker's own command. */
  dockerSays(...args: readonly string[]): Promise<string>;
}

/** What must outlive whatever happens to Docker: ports that the host publishes, addresses. */
async function placesOf({ lab, dockerSays }: Place): Promise<readonly string[]> {
  const server = `k3s-lab-${labDigest(join(lab.dir, ".lab"))}-multi`;
  const addresses = await lab.kubectl("get", "nodes", "--output=jsonpath={.items[*].status.addresses[0].address}");
  // Docker lists them in the order of a map of Go's: another one each time.
  const ports = (await dockerSays("port", server)).split("\n").toSorted();
  return [...ports, addresses];
}

const pull = (lab: DrivenLab) => lab.npm("lab:exec", ["agent1", "k3s", "crictl", "pull", "multi:5000/empty"]);

/** A report has what only Docker can tell, and of nodes that stand still what lies on their disks. */
async function reports({ lab }: Place): Promise<void> {
  await plantSecret(lab, "agent1");
  const { holds } = await readReport(lab);
  holds("versions.txt", /^Docker version \d+\.\d+/m);
  holds("host/docker.txt", /^ *Server Version: \d/m);
  holds(
    "host/docker.txt",
    new RegExp(`^k3s-lab-${labDigest(join(lab.dir, ".lab"))}-multi\\tUp .*127\\.0\\.0\\.1:`, "m"),
  );
  holds("status.txt", /^Lab k3s-lab: up$/m);
  for (const node of ["multi", "agent1", "agent2"]) {
    holds(`nodes/${node}/k3s.txt`, /k3s(\[\d+\])?: /);
    holds(`nodes/${node}/network.txt`, /^default via /m);
    holds(`nodes/${node}/system.txt`, "$ crictl ps -a\nCONTAINER");
    holds(`nodes/${node}/settings.txt`, "$ cat /etc/rancher/k3s/config.yaml");
  }
  holds("nodes/agent1/containerd.txt", /password=\[secret-\d+\]/);
}

/** A report of a lab that stands still has the logs that lie on its nodes' disks. */
async function reportsStopped({ lab }: Place): Promise<void> {
  const { holds } = await readReport(lab);
  holds("status.txt", ": stopped");
  holds("host/docker.txt", /-agent1\tExited /);
  holds("nodes/agent1/containerd.txt", /^time=|level=info msg=/m);
  holds("nodes/agent1/settings.txt", /^\S+: /m);
}

/** A container is made again: what it runs comes back with it, and nothing is installed anew. */
async function publishesMore(lab: DrivenLab): Promise<void> {
  const installed = () => lab.npmOk("lab:exec", ["multi", "stat", "--format=%Y", "/usr/local/bin/k3s"]);
  const before = await installed();
  lab.configure('machines: { provider: docker, docker: { ports: ["127.0.0.1:18080:80"] } }\n');
  const { exitCode, differences } = await planThenUp(lab);
  assert.is(exitCode, 0);
  assert.equal(differences, []);
  assert.is(await installed(), before);
  await upChangesNothing(lab);
}

/** The host is switched off in the midst of it all, and on again. */
async function outlivesReboot(place: Place): Promise<void> {
  const { lab, world, docker, dockerSays } = place;
  await lab.kubectl("create", "configmap", "kept");
  await lab.npmOk("push", ["empty:latest"]);
  const before = await placesOf(place);
  const ownBridge = async () => (await world.host.run("cat", ["/sys/class/net/docker0/address"])).stdout.trim();
  const address = await ownBridge();
  await world.host.reboot();
  await docker.boot();
  assert.is(await dockerSays("ps", "--quiet"), "", "nothing of the lab runs by itself");
  assert.is.not(await ownBridge(), address, "Docker has made its bridge anew");
  // By chance: what is compared in the end is what the lab has changed.
  await world.host.run("ip", ["link", "set", "docker0", "address", address]);
  await lab.npmOk("lab:up");
  assert.equal(await readyNodes(lab), ["agent1", "agent2", "multi"]);
  assert.equal(await placesOf(place), before);
  assert.match(await lab.kubectl("get", "configmap", "kept", "--output=name"), "configmap/kept");
  assert.is((await pull(lab)).exitCode, 0, "the registry has what was pushed");
  await upChangesNothing(lab);
}

/** What was stored since a snapshot goes with its restore, and what the snapshot has comes back. */
async function restores({ lab, dockerSays }: Place, snapshots: string): Promise<void> {
  const run = (script: string, ...args: readonly string[]) =>
    lab.npmOk(script, args, { env: { K3S_LAB_SNAPSHOTS: snapshots } });
  const names = async () => lab.kubectl("get", "configmaps", "--output=name");
  await run("lab:snapshot", "first");
  const { frozen } = JSON.parse(readFileSync(join(snapshots, "first/manifest.json"), "utf8")) as { frozen: number };
  console.log(`frozen for ${frozen} ms`);
  assert.ok(frozen > 0 && frozen <= 3000, `${frozen} ms`);
  const helpers = await dockerSays("ps", "--all", "--format={{.Names}}");
  assert.not.match(helpers, "-disk", "no helper is left");
  await lab.kubectl("delete", "configmap", "kept");
  await lab.kubectl("create", "configmap", "later");
  await run("lab:restore", "first", "--yes");
  assert.match(await names(), "configmap/kept");
  assert.not.match(await names(), "configmap/later");
  assert.equal(await readyNodes(lab), ["agent1", "agent2", "multi"]);
  assert.is((await pull(lab)).exitCode, 0, "the registry has what was pushed");
  await upChangesNothing(lab);
}

/** Everything that does not run is thrown away: images, containers, networks, and by Docker before 23 named volumes as well. */
async function outlivesPrune(place: Place): Promise<void> {
  const { lab, dockerSays } = place;
  const before = await placesOf(place);
  await lab.npmOk("lab:stop");
  await reportsStopped(place);
  await dockerSays("system", "prune", "--all", "--volumes", "--force");
  assert.is(await dockerSays("ps", "--all", "--quiet"), "");
  const isLost = (await dockerSays("volume", "ls", "--quiet")) === "";
  const { exitCode, stdout, stderr } = await lab.npm("lab:up");
  assert.is(exitCode, 0, stderr);
  const said = /what the cluster and its registry held is lost/.test(stdout + stderr);
  assert.is(said, isLost, stdout + stderr);
  assert.equal(await readyNodes(lab), ["agent1", "agent2", "multi"]);
  assert.equal(await placesOf(place), before);
  assert.is((await lab.npm("kubectl", ["get", "configmap", "kept"])).exitCode, isLost ? 1 : 0);
  await upChangesNothing(lab);
}

/** Tries a lab as root on an emulated host with a daemon of its own; `usr`: of another Docker than the host's. */
export function tryDocker(name: string, usr: () => Promise<string | undefined>): void {
  const test = suite(name);
  const realTest = rootOnly(name, test);

  realTest("lab:up does what lab:plan shows, nothing loops, and lab:down leaves the host as it was", async () => {
    const dir = mkdtempSync("/var/tmp/k3s-lab-docker-");
    try {
      await using world = await emulateHost({ forward: "iptables-drop" });
      await using docker = await startDocker(world.host, { dir: `${dir}/docker`, usr: await usr() });
      const host: Pick<EmulatedHost, "run"> = {
        run: (command, args, options) =>
          world.host.run(command, args, { ...options, env: { DOCKER_HOST: docker.endpoint, ...options?.env } }),
      };
      await using lab = await driveLab(host);
      lab.configure(yaml);
      await warmDocker(host);
      const large =
        "dir=$(mktemp -d); head -c 20000000 /dev/urandom > $dir/random; tar -C $dir -c random | docker import - large:1; rm -r $dir";
      await host.run("sh", ["-ec", large]);
      const before = await lab.snapshot();
      const { exitCode, differences } = await planThenUp(lab);
      assert.is(exitCode, 0);
      assert.equal(differences, []);
      assert.equal(await readyNodes(lab), ["agent1", "agent2", "multi"]);
      await upChangesNothing(lab);
      await stopsAndStarts(lab);
      await publishesMore(lab);
      await loads(lab);
      await countsBytes(lab);
      const dockerSays = async (...args: readonly string[]) => (await host.run("docker", args)).stdout;
      await reports({ lab, world, docker, dockerSays });
      await outlivesReboot({ lab, world, docker, dockerSays });
      await restores({ lab, world, docker, dockerSays }, `${dir}/snapshots`);
      const { stdout: told, stderr } = await lab.npm("doctor");
      assert.match(told, "No request loops, as an experiment has shown", `${told}\n${stderr}`);
      const drawn = await drawMap(lab);
      assert.equal(amiss(drawn), []);
      assert.ok("Docker's ports" in drawn.boxes);
      assert.match(drawn.ways["From a pod to an unserved address"] ?? "", /^cut at Node guard of /);
      await outlivesPrune({ lab, world, docker, dockerSays });
      await lab.npmOk("lab:down");
      assert.is(diffSnapshots(before, await lab.snapshot()), "");
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  test.run();
}
