import { createHash } from "node:crypto";
import { carryOut, type Event, Facts, foresee, sentencesOf } from "@k3s-lab/steps";
import type { Machines } from "../../src/machine.js";
import { nodeFiles } from "../../src/node-files.js";
import { Fleet, foreseeRestart } from "../../src/steps/fleet.js";
import { makeMachinesStep, removeUnwantedStep } from "../../src/steps/make-machines.js";
import { reachRouterStep } from "../../src/steps/reach-router.js";
import { setUpNodesStep } from "../../src/steps/set-up-nodes.js";
import { startMachinesStep } from "../../src/steps/start-machines.js";
import { agent1, labId, multi, wanted } from "../sample.js";
import { fakeDriver, type FakeMachine } from "./fake-driver.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines steps");

// These machines lie in memory: whoever runs the tests may make them.
const { getuid } = process;
test.before(() => void (process.getuid = () => 0));
test.after(() => {
  if (getuid) process.getuid = getuid;
});

const rightFacts = (machine: typeof multi) =>
  [
    `[{"addr_info":[{"local":"${machine.address}","prefixlen":24}]}]`,
    `[{"dst":"default","gateway":"10.76.0.1","dev":"eth0"}]`,
    "link eth0",
    ...wanted.resolvers.map((address) => `resolver ${address}`),
    ...nodeFiles(labId, machine, wanted).map(
      ({ path, content }) => `${createHash("sha256").update(content).digest("hex")}  ${path}\n644 0 ${path}`,
    ),
  ].join("\n");

const right = (): Record<string, FakeMachine> => ({
  multi: { state: "running", says: rightFacts(multi) },
  agent1: { state: "running", says: rightFacts(agent1) },
});

function stepsOver(machines: Record<string, FakeMachine>) {
  const driver = fakeDriver(machines);
  const fleet = new Fleet(wanted, driver);
  const steps = [removeUnwantedStep(fleet), makeMachinesStep(fleet), startMachinesStep(fleet), setUpNodesStep(fleet)];
  return { driver, steps };
}

const quiet = { stage: "machines", report: () => {} };

test("on an empty host the plan has everything", async () => {
  const { driver, steps } = stepsOver({});
  assert.equal(await sentencesOf(steps), [
    "multi: make a machine with address 10.76.0.10",
    "agent1: make a machine with address 10.76.0.11",
    "multi: start",
    "agent1: start",
  ]);
  assert.equal(driver.did, []);
});

test("where everything is right, nothing is planned", async () => {
  const { driver, steps } = stepsOver(right());
  assert.equal(await sentencesOf(steps), []);
  assert.is(await carryOut(steps, quiet), 0);
  assert.equal(driver.did, []);
});

test("a machine that stands still is started, and no other", async () => {
  const machines = right();
  machines.agent1 = { ...machines.agent1, state: "stopped" };
  const { driver, steps } = stepsOver(machines);
  assert.is(await carryOut(steps, quiet), 1);
  assert.equal(driver.did, ["start agent1"]);
});

test("a machine that is plugged in elsewhere is stopped, configured and started", async () => {
  const machines = right();
  machines.agent1 = { state: "running", fitness: "outdated", says: rightFacts(agent1) };
  const { driver, steps } = stepsOver(machines);
  await carryOut(steps, quiet);
  assert.equal(driver.did, ["stop agent1", "configure agent1", "start agent1"]);
});

test("a machine that is made again with some of its disk alone says so, and those who look into it are told", async () => {
  const machines = right();
  machines.agent1 = { state: "running", fitness: "outdated", keeps: ["/var/lib/rancher"], says: rightFacts(agent1) };
  const { steps } = stepsOver(machines);
  const facts = new Facts();
  const { actions } = await foresee(steps, facts);
  assert.equal(
    actions.map(({ kind, interrupts, sentence }) => [kind, interrupts, sentence]),
    [
      [
        "restart",
        "agent1's pods",
        "agent1: stop it and make it again from its image, with nothing of it but /var/lib/rancher",
      ],
      ["restart", undefined, "agent1: start"],
    ],
  );
  assert.equal(await foreseeRestart("agent1", facts), { keeps: ["/var/lib/rancher"] });
  assert.is(await foreseeRestart("multi", facts), undefined);
});

test("a loose cable is plugged in while the machine runs", async () => {
  const machines = right();
  machines.agent1 = { state: "running", fitness: "unplugged", says: rightFacts(agent1) };
  const { driver, steps } = stepsOver(machines);
  assert.equal(await sentencesOf(steps), ["agent1: plug its cable into the bridge"]);
  await carryOut(steps, quiet);
  assert.equal(driver.did, ["plug agent1", "ready agent1"]);
});

test("a machine that lab.yaml does not name is removed", async () => {
  const { driver, steps } = stepsOver({ ...right(), agent9: { state: "running" } });
  assert.equal(await sentencesOf(steps), ["agent9: remove the machine, which lab.yaml does not name any more"]);
  await carryOut(steps, quiet);
  assert.equal(driver.did, ["destroy agent9"]);
});

test("files that differ are written; the network is applied only where it differs", async () => {
  const machines = right();
  machines.agent1 = {
    state: "running",
    says: rightFacts(agent1).replace(/[0-9a-f]{64}( {2}\/etc\/hosts)/, `${"0".repeat(64)}$1`),
  };
  const { driver, steps } = stepsOver(machines);
  assert.equal(await sentencesOf(steps), ["agent1: write /etc/hosts"]);
  const failure = await carryOut(steps, quiet).catch((error: Error) => error);
  assert.equal(driver.did, ["ready agent1", "agent1: write /etc/hosts"]);
  // The fake's file stays as it was: what was carried out without effect is the failure.
  assert.match((failure as Error).message, "this is still to be done: agent1: write /etc/hosts");
});

test("a route that is gone is set again by the machine's own file", async () => {
  const machines = right();
  machines.agent1 = { state: "running", says: rightFacts(agent1).replace(/^.*"dst":"default".*$/m, "[]") };
  const { driver, steps } = stepsOver(machines);
  assert.equal(await sentencesOf(steps), ["agent1: set default route via 10.76.0.1 dev eth0 (seen: none)"]);
  await carryOut(steps, quiet).catch(() => {});
  assert.equal(driver.did, ["ready agent1", "agent1: ip -4 -batch /etc/k3s-lab/network"]);
});

/** What the plan says, and what is then done; on a LAN that others are on, all but asking that LAN. */
async function planAndDeeds(machines: Record<string, FakeMachine>, lan: Machines["lan"] = wanted.lan) {
  const now = { ...wanted, lan };
  const router = lan.kind === "private" ? "" : '\n[{"dst":"10.76.0.1","lladdr":"02:00:00:00:00:01"}]';
  const fleet = new Fleet(
    now,
    fakeDriver(machines, (machine) => rightFacts(machine) + router),
  );
  const steps = [
    removeUnwantedStep(fleet),
    makeMachinesStep(fleet),
    startMachinesStep(fleet),
    setUpNodesStep(fleet),
    reachRouterStep(fleet),
  ];
  const plan = await sentencesOf(steps);
  const deeds: string[] = [];
  const report = (event: Event) => void (event.event === "action-started" && deeds.push(event.action));
  await carryOut(steps, { stage: "machines", report });
  return { plan, deeds };
}

const stale = (machine: typeof multi) =>
  rightFacts(machine).replace(/[0-9a-f]{64}( {2}\/etc\/hosts)/, `${"0".repeat(64)}$1`);
const bridged: Machines["lan"] = { kind: "bridge", bridge: "br0", subnet: wanted.lan.subnet, seed: "" };
const worlds: Readonly<Record<string, () => Record<string, FakeMachine>>> = {
  "that does not exist": () => ({}),
  "that exists": right,
  "that stands still": () => ({ multi: { state: "stopped", says: rightFacts(multi) }, agent1: { state: "stopped" } }),
  "whose nodes have changed": () => ({ multi: { state: "running", says: stale(multi) }, agent9: { state: "running" } }),
  "that is to be plugged in elsewhere": () => ({
    multi: { state: "running", fitness: "outdated", says: stale(multi) },
    agent1: { state: "stopped", fitness: "outdated", says: stale(agent1) },
  }),
};

for (const [lab, world] of Object.entries(worlds)) {
  for (const lan of [wanted.lan, bridged]) {
    test(`the plan of a lab ${lab} says what is then done (${lan.kind})`, async () => {
      const machines = world();
      // One that is started reports what its files say.
      for (const [name, machine] of Object.entries(machines)) {
        if (machine.state === "stopped") machine.says ??= rightFacts(name === "multi" ? multi : agent1);
        if (lan.kind !== "private") machine.says += '\n[{"dst":"10.76.0.1","lladdr":"02:00:00:00:00:01"}]';
      }
      const { plan, deeds } = await planAndDeeds(machines, lan);
      assert.equal(deeds, plan);
    });
  }
}

test.run();
