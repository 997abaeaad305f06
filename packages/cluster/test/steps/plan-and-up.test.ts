import { carryOut, Facts, foresee, sentencesOf } from "@k3s-lab/steps";
import type { Foreseen, Release } from "@k3s-lab/k3s-source";
import type { Lab, LabConfig } from "@k3s-lab/lab";
import { decideCluster } from "../../src/cluster.js";
import { askedBy } from "../../src/fetch-cluster.js";
import { clusterSteps } from "../../src/steps/cluster-steps.js";
import { fakeLab } from "../fake-lab.js";
import { contributed, emptyLab, machines, network, nowhere, release } from "../world.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster: plan and up");

/** Before it was fetched, a release is known by no more than this. */
const unknown = { binary: { name: "k3s", size: -1, sha256: "", changed: 0 }, archives: [] };

async function labWith(nodes?: LabConfig["nodes"]) {
  const empty = await emptyLab();
  const lab: Lab = { ...empty, config: { ...empty.config, ...(nodes && { nodes }) } };
  const stepsFor = (found: Foreseen, world: Parameters<typeof clusterSteps>[3]) => {
    const cluster = decideCluster(lab, network, machines, { asked: askedBy(lab), release: found });
    return clusterSteps(lab, { cluster, network, machines }, contributed, { env: {}, authorities: [], ...world });
  };
  return {
    stepsFor,
    stepIds: (found: Release) => stepsFor(found, { driver: nowhere() }).map(({ id }) => id),
    /** Returns the plan while there are no machines yet. */
    plan: (foreseen: Foreseen) => foresee(stepsFor(foreseen, { driver: nowhere() })),
    /** Makes the lab of one release, and upgrades it to another: returns the plan of that, and what was done. */
    async upgrade(from: Release, to: Release) {
      const world = fakeLab(machines.machines, from, to);
      await carryOut(stepsFor(from, world), { stage: "cluster", report: () => {} });
      const steps = stepsFor(to, world);
      const { actions } = await foresee(steps);
      const done: string[] = [];
      await carryOut(steps, {
        stage: "cluster",
        report: (event) => event.event === "action-started" && done.push(event.action),
      });
      return { actions, done, left: await sentencesOf(steps, new Facts()) };
    },
    /** Makes the lab, then these machines again with what Docker's volumes hold: returns the plan of that, and what was done. */
    async makeAgain(names: readonly string[]) {
      const keeps = ["/var/lib/rancher", "/var/lib/kubelet", "/etc/rancher"];
      const world = fakeLab(machines.machines, release);
      const steps = stepsFor(release, world);
      await carryOut(steps, { stage: "cluster", report: () => {} });
      const facts = new Facts();
      for (const { name } of machines.machines) {
        const fit = { fitness: "fit" };
        const seen = names.includes(name) ? { fitness: "outdated", keeps } : fit;
        await facts.get(`machine ${name}`, async () => ({ state: "running", ...seen }));
      }
      const { actions } = await foresee(steps, facts);
      for (const name of names) world.makeAgain(name, keeps);
      const done: string[] = [];
      await carryOut(steps, {
        stage: "cluster",
        report: (event) => event.event === "action-started" && done.push(event.action),
      });
      return { actions, done, left: await sentencesOf(steps, new Facts()) };
    },
    /** Makes the lab, stops its machines and starts them: returns the plan in between, and what was done then. */
    async standStill(withK3s: boolean) {
      const world = fakeLab(machines.machines, release);
      await carryOut(stepsFor(release, world), { stage: "cluster", report: () => {} });
      world.stop();
      const facts = new Facts();
      for (const { name } of machines.machines) {
        await facts.get(`machine ${name}`, async () => ({ state: "stopped", fitness: "fit" }));
      }
      const { actions } = await foresee(stepsFor(release, world), facts);
      world.start(withK3s);
      const done: string[] = [];
      const steps = stepsFor(release, world);
      await carryOut(steps, {
        stage: "cluster",
        report: (event) => event.event === "action-started" && done.push(event.action),
      });
      return { actions, done, left: await sentencesOf(steps, new Facts()) };
    },
    /** Does what an up does once there are, and returns its sentences. */
    async up(found: Release) {
      const world = fakeLab(machines.machines, found);
      const done: string[] = [];
      const steps = stepsFor(found, world);
      await carryOut(steps, {
        stage: "cluster",
        report: (event) => event.event === "action-started" && done.push(event.action),
      });
      return { done, left: await sentencesOf(steps, new Facts()) };
    },
  };
}

const releases: Readonly<Record<string, Release>> = {
  "an official release": { ...release, source: "release", version: "v1.34.4+k3s1" },
  "a folder": { ...release, source: "directory", folder: "/airgap" },
  "a build from modules": release,
  "a package with that build": { ...release, source: "package" },
};

for (const [name, found] of Object.entries(releases)) {
  test(`of a lab that does not exist, the plan has the very sentences of the up: ${name}`, async () => {
    const lab = await labWith();
    const { actions } = await lab.plan({ ...found, ...unknown });
    const { done, left } = await lab.up(found);
    assert.equal(
      actions.map(({ sentence }) => sentence),
      done,
    );
    assert.ok(actions.every(({ provided }) => provided === undefined));
    assert.equal(left, [], "and afterwards nothing is left to do");
  });
}

test("an upgrade is planned as it is done: the server, then each agent", async () => {
  const { binary } = release;
  const newer: Release = {
    ...release,
    version: "v1.34.5+modules",
    folder: "/cache/k3s-from-modules/2",
    binary: { ...binary, sha256: "ef".repeat(32) },
  };
  const { actions, done, left } = await (await labWith()).upgrade(release, newer);
  assert.equal(
    actions.map(({ sentence }) => sentence),
    done,
  );
  const words = "upgrade K3s from v1.34.4+modules to v1.34.5+modules";
  assert.equal(
    done.filter((sentence) => !sentence.startsWith("wait")),
    [`multi: ${words}`, `agent1: ${words}`, `agent2: ${words}`],
  );
  assert.equal(
    actions.flatMap(({ interrupts }) => interrupts ?? []),
    [
      "the cluster's API; pods go on",
      "agent1's pods, which are made again elsewhere",
      "agent2's pods, which are made again elsewhere",
    ],
  );
  assert.equal(left, []);
  const rebuilt: Release = { ...release, folder: newer.folder, binary: newer.binary };
  const again = await (await labWith()).upgrade(release, rebuilt);
  assert.is(again.done[0], "multi: replace K3s v1.34.4+modules by another build of it");
  assert.equal(again.left, []);
});

for (const [what, remade] of [
  ["an agent's machine", ["agent1"]],
  ["the server's machine", ["multi"]],
  ["all machines", ["multi", "agent1", "agent2"]],
] as const) {
  test(`${what} made again with nothing but some folders: K3s is installed anew, as the plan shows`, async () => {
    const { actions, done, left } = await (await labWith()).makeAgain(remade);
    assert.equal(
      actions.map(({ sentence }) => sentence),
      done,
    );
    for (const name of remade) {
      assert.ok(done.includes(`${name}: install K3s v1.34.4+modules (modules)`), done.join("\n"));
      assert.ok(done.includes(`${name}: guard the node`), done.join("\n"));
    }
    assert.not.match(done.join("\n"), /image archive|token/, "what is in those folders is there");
    assert.equal(left, []);
  });
}

test("a lab that stands still is planned by what its nodes had: nothing is installed", async () => {
  const byItself = /^if (K3s|its guard) does not start with its machine$/;
  for (const withK3s of [true, false]) {
    const { actions, done, left } = await (await labWith()).standStill(withK3s);
    for (const { sentence, provided = "" } of actions) assert.match(provided, byItself, sentence);
    const guarding = ["multi", "agent1", "agent2"].map((name) => `${name}: guard the node`);
    const planned = actions.map(({ sentence }) => sentence).filter((sentence) => !guarding.includes(sentence));
    assert.is(actions.length - planned.length, guarding.length);
    assert.equal(withK3s ? [] : planned, done);
    assert.equal(planned, [
      "multi: start the K3s server",
      "agent1: start the K3s agent and join multi",
      "agent2: start the K3s agent and join multi",
      "wait until every node is Ready and CoreDNS answers a pod",
    ]);
    assert.equal(left, []);
  }
});

test("a lab with labels and taints is planned as it is made, and then as lab.yaml asks", async () => {
  const lab = await labWith([
    { name: "multi", role: "server" },
    { name: "agent1", role: "agent", labels: { tier: "db" }, taints: ["gpu=true:NoSchedule"] },
    { name: "agent2", role: "agent" },
  ]);
  const { actions } = await lab.plan(release);
  const planned = actions.map(({ sentence }) => sentence);
  const { done, left } = await lab.up(release);
  assert.equal(planned, done);
  assert.equal(
    planned.filter((sentence) => /label|taint/.test(sentence)),
    ["agent1: label tier=db", "agent1: taint gpu=true:NoSchedule"],
  );
  assert.equal(left, []);
});

test("a flag of K3s restarts it on its node alone; one that agents ask the server for, on all", async () => {
  const empty = await emptyLab();
  const world = { env: {}, authorities: [], ...fakeLab(machines.machines, release) };
  const stepsWith = (server: object, agent1: object) => {
    const nodes = [
      { name: "multi", role: "server" as const, k3s: { ...server } },
      { name: "agent1", role: "agent" as const, k3s: { ...agent1 } },
      { name: "agent2", role: "agent" as const },
    ];
    const lab: Lab = { ...empty, config: { ...empty.config, nodes } };
    const cluster = decideCluster(lab, network, machines, { asked: askedBy(lab), release });
    return clusterSteps(lab, { cluster, network, machines }, contributed, world);
  };
  const up = (steps: ReturnType<typeof stepsWith>) => carryOut(steps, { stage: "cluster", report: () => {} });
  await up(stepsWith({}, {}));
  const changed = (node: string) => [
    `${node}: write config.yaml`,
    `${node}: restart K3s, because what it was started with has changed`,
  ];
  const wait = "wait until every node is Ready and CoreDNS answers a pod";
  const own = stepsWith({}, { "kubelet-arg": ["max-pods=50"] });
  assert.equal(await sentencesOf(own), [...changed("agent1"), wait]);
  await up(own);
  assert.equal(await sentencesOf(own), []);
  const told = await sentencesOf(stepsWith({ "flannel-backend": "host-gw" }, { "kubelet-arg": ["max-pods=50"] }));
  assert.equal(told.toSorted(), [...["agent1", "agent2", "multi"].flatMap(changed), wait].toSorted());
});

test("pods are asked for CoreDNS by the first look and by the wait, not on the way", async () => {
  const world = fakeLab(machines.machines, release);
  let asked = 0;
  const exec: typeof world.driver.exec = (name, argv, options) => {
    if (argv.at(-1)?.includes("/dev/udp/")) asked++;
    return world.driver.exec(name, argv, options);
  };
  const { stepsFor } = await labWith();
  const steps = stepsFor(release, { ...world, driver: { ...world.driver, exec } });
  await carryOut(steps, { stage: "cluster", report: () => {} });
  assert.is(asked, 2 * machines.machines.length);
});

test("all nodes are started together where K3s is the build from modules, wherever that comes from", async () => {
  const lab = await labWith();
  const together = Object.entries(releases).filter(([, found]) => lab.stepIds(found).includes("start-the-cluster"));
  assert.equal(
    together.map(([name]) => name),
    ["a build from modules", "a package with that build"],
  );
});

test("where `auto` is undecided, the plan marks what up may replace: one sentence by one other", async () => {
  const lab = await labWith();
  const auto = { ...release, ...unknown, source: "auto", version: "v1.34.4+k3s1" } as const;
  const { actions } = await lab.plan(auto);
  const marked = actions.filter(({ provided }) => provided !== undefined);
  assert.equal(
    marked.map(({ sentence, provided }) => `${sentence}, ${provided}`),
    ["multi", "agent1", "agent2"].map(
      (node) => `${node}: install K3s v1.34.4+k3s1 (release), if that release can be reached`,
    ),
  );
  const { done } = await lab.up(release);
  assert.is(done.length, actions.length);
  for (const [index, { sentence, provided }] of actions.entries()) {
    if (provided === undefined) assert.is(done[index], sentence);
    else assert.is(done[index], sentence.replace("v1.34.4+k3s1 (release)", "v1.34.4+modules (modules)"));
  }
});

test.run();
