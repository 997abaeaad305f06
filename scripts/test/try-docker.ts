// What a lab of Docker's has in common with one of Linux containers, by whatever Docker it is.
import { mkdtempSync, rmSync } from "node:fs";
import { diffSnapshots, type EmulatedHost, emulateHost, rootOnly, startDocker } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { planThenUp } from "./compare-plan.js";
import { amiss, drawMap } from "./draw-map.js";
import { driveLab, type DrivenLab, readyNodes, upChangesNothing } from "./drive-lab.js";

const yaml = "machines: { provider: docker }\n";

async function stopsAndStarts(lab: DrivenLab): Promise<void> {
  await lab.npmOk("lab:stop");
  assert.match((await lab.npm("lab:status")).stdout, ": stopped\n");
  await lab.npmOk("lab:start");
  assert.equal(await readyNodes(lab), ["agent1", "agent2", "multi"]);
}

/** Docker's own archive goes to the nodes as it is: of what was imported above. */
async function loads(lab: DrivenLab): Promise<void> {
  const loaded = await lab.npmOk("load", ["empty:latest"]);
  assert.match(loaded, /^docker\.io\/library\/empty:latest on multi, agent1, agent2$/m);
  assert.match(await lab.npmOk("images"), /^empty:latest +- +[\d.]+ \S+ +all$/m);
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
      // Docker makes cgroups and tables of its own with its first container on a network.
      const warmUp =
        "head -c 1024 /dev/zero | docker import - empty; docker network create first; " +
        "docker run --rm --network first --publish 127.0.0.1:9:9 empty x; docker network rm first";
      await host.run("sh", ["-c", warmUp]);
      const before = await lab.snapshot();
      const { exitCode, differences } = await planThenUp(lab);
      assert.is(exitCode, 0);
      assert.equal(differences, []);
      assert.equal(await readyNodes(lab), ["agent1", "agent2", "multi"]);
      await upChangesNothing(lab);
      await stopsAndStarts(lab);
      await loads(lab);
      assert.match((await lab.npm("doctor")).stdout, "No request loops, as an experiment has shown");
      const drawn = await drawMap(lab);
      assert.equal(amiss(drawn), []);
      assert.ok("Docker's ports" in drawn.boxes);
      assert.match(drawn.ways["From a pod to an unserved address"] ?? "", /^cut at Node guard of /);
      await lab.npmOk("lab:down");
      assert.is(diffSnapshots(before, await lab.snapshot()), "");
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  test.run();
}
