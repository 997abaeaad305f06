// Two stages that stand in for the lab's own: what walks their list, and what it makes of what they tell.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Lab, type LabFile, openLab } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import { Facts, type Report, type Step, step } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as v from "valibot";
import { type Decision, describeLab, planLab, removeLab, stage, startLab, stopLab } from "../src/index.js";

const test = suite<{ dir: string; lab: Lab }>("a chain of stages");

test.before.each(async (context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-chain-"));
  context.lab = await openLab(join(context.dir, "lab.yaml"));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const does = (...sentences: readonly string[]): Step =>
  step({
    id: sentences.join(),
    title: "Do",
    observe: async () => 0,
    plan: () =>
      sentences.map((sentence) => ({ on: sentence.replace(/:.*/, ""), kind: "make", sentence, run: async () => {} })),
  });

const recordIn = <File extends LabFile>(file: File) =>
  ({ file, version: 1, schema: v.object({ address: v.string() }) }) as const;
const [networkRecord, machinesRecord] = [recordIn("hostNetwork"), recordIn("machines")];

const network = stage<"hostNetwork", { address: string }, Record<never, object>>({
  name: "network",
  key: "hostNetwork",
  record: networkRecord,
  fetch: () => [does("host: fetch")],
  decide: async ({ recorded, mayAsk, assume, note }) => {
    note("decided");
    if (recorded === undefined && !mayAsk) assume("10.0.0.7", "if the address is free");
    return recorded ?? { address: "10.0.0.7" };
  },
  steps: () => [does("host: make a bridge")],
  removal: () => [does("host: remove the bridge")],
  describe: async ({ state }) => state.read(networkRecord),
});

const machines = stage<"machines", { address: string }, { hostNetwork: { address: string } }>({
  name: "machines",
  key: "machines",
  record: machinesRecord,
  fetch: () => [],
  decide: async ({ upstream }) => upstream.hostNetwork,
  steps: ({ values }) => [does(`multi: make a machine with address ${values.machines.address}/24`, "multi: start")],
  removal: () => [does("multi: remove the machine")],
  describe: async ({ state }) => state.read(machinesRecord),
});

const chain = [network, machines];

test("what steps of any stage will look at is announced before the first looks; of a stage that cannot tell its steps, nothing", async ({
  lab,
}) => {
  const said: string[] = [];
  const looks = (name: string): Step => ({
    ...does(`${name}: change`),
    announce: () => void said.push(`${name} announces`),
    observe: async () => void said.push(`${name} looks`),
  });
  const cannot = { ...machines, key: "broken", steps: () => Promise.reject(new Error("no steps")) };
  const stages = [
    { ...network, steps: () => [looks("host")] },
    { ...machines, steps: () => [looks("multi")] },
  ];
  await planLab(stages, lab);
  assert.equal(said.splice(0), ["host announces", "multi announces", "host looks", "multi looks"]);
  const failure = await planLab([...stages, cannot], lab).catch((error: Error) => error.message);
  assert.is(failure, "no steps");
  assert.equal(said, ["host announces", "multi announces", "host looks", "multi looks"]);
});

test("a plan marks every sentence that has a word which was only assumed", async ({ lab }) => {
  const { fetch, stages, notes } = await planLab(chain, lab);
  assert.equal(notes, ["decided"]);
  const sentences = [...fetch, ...stages].flatMap(({ actions }) =>
    actions.map((action) => [action.sentence, action.provided]),
  );
  assert.equal(sentences, [
    ["host: fetch", undefined],
    ["host: make a bridge", undefined],
    ["multi: make a machine with address 10.0.0.7/24", "if the address is free"],
    ["multi: start", undefined],
  ]);
});

test("what was only assumed counts more than what else an action depends on", async ({ lab }) => {
  const sentence = "multi: make a machine with address 10.0.0.7";
  const depends = step({
    id: "make",
    title: "Make",
    observe: async () => 0,
    plan: () => [{ on: "multi", kind: "make", sentence, provided: "if KVM works", run: async () => {} }],
  });
  const { stages } = await planLab([network, { ...machines, steps: () => [depends] }], lab);
  assert.is(stages[1]?.actions[0]?.provided, "if the address is free");
});

test("what a stage has fetched, its steps do not do again", async ({ lab }) => {
  const twice = { ...network, steps: () => [does("host: fetch"), does("host: make a bridge")] };
  const { fetch, stages } = await planLab([twice], lab);
  const sentences = [fetch, stages].map((part) =>
    part.flatMap(({ actions }) => actions.map(({ sentence }) => sentence)),
  );
  assert.equal(sentences, [["host: fetch"], ["host: make a bridge"]]);
});

test("a word that was assumed is not found within another", async ({ lab }) => {
  lab.state.write(networkRecord, { address: "10.0.0.70" });
  const assumes = {
    ...network,
    decide: async (decision: Decision) => {
      decision.assume("10.0.0.7", "if the address is free");
      return network.decide(decision);
    },
  };
  const { stages } = await planLab([assumes, machines], lab);
  assert.is(stages[1]?.actions[0]?.sentence, "multi: make a machine with address 10.0.0.70/24");
  assert.is(stages[1]?.actions[0]?.provided, undefined);
});

test("a plan ends where a step cannot be made true", async ({ lab }) => {
  const obstacle = new Problem("LAB-RUN-003", "host", "has no hypervisor");
  const cannot = step({ id: "find", title: "Find", observe: async () => 0, plan: () => obstacle });
  const plan = await planLab([{ ...network, steps: () => [does("host: begin"), cannot] }, machines], lab);
  assert.is(plan.obstacle, obstacle);
  assert.equal(
    plan.stages.map(({ stage: name, actions }) => [name, actions.length]),
    [["network", 1]],
  );
});

test("where other machines are asked for than the lab has, its removal is planned", async ({ lab }) => {
  const other = new Problem("LAB-MCH-009", "lab.yaml", "machines.provider: is docker");
  const decide = () => Promise.reject(other);
  const plan = await planLab([network, { ...machines, decide }], lab);
  assert.is(plan.replaces, other);
  assert.equal(
    plan.stages.map(({ stage: name, actions }) => [name, ...actions.map(({ sentence }) => sentence)]),
    [
      ["machines", "multi: remove the machine"],
      ["network", "host: remove the bridge"],
    ],
  );
  assert.equal(
    plan.fetch.flatMap(({ actions }) => actions.map(({ sentence }) => sentence)),
    ["host: fetch"],
  );
  assert.equal(plan.values, {});
  const lacks = new Problem("LAB-HST-004", "host", "lacks vagrant");
  const cannot = step({ id: "find", title: "Find", observe: async () => 0, plan: () => lacks });
  const stopped = await planLab([network, { ...machines, decide, fetch: () => [cannot] }], lab);
  assert.is(stopped.obstacle, lacks);
  assert.equal(stopped.stages, [], "where the next lab cannot be made, this one is not removed");
  const broken = new Problem("LAB-MCH-001", "multi", "has no address");
  const failure = await planLab([{ ...network, decide: () => Promise.reject(broken) }], lab).catch((error) => error);
  assert.is(failure, broken);
});

test("a lab is removed from its last stage on", async ({ lab }) => {
  const seen: string[] = [];
  const report = (event: { readonly event: string }) => {
    if (event.event === "action-started") seen.push((event as unknown as { action: string }).action);
  };
  await removeLab(chain, lab, report, new Facts()).catch(() => {});
  assert.is(seen[0], "multi: remove the machine");
});

test("what is recorded is described, and nothing of a lab that never was up", async ({ lab }) => {
  assert.equal(await describeLab(chain, lab, new Facts()), {});
  lab.state.write(networkRecord, { address: "10.0.0.9" });
  assert.equal(await describeLab(chain, lab, new Facts()), { hostNetwork: { address: "10.0.0.9" } });
});

test("a record that was lost of a lab that was up is described as it would be made again", async ({ lab }) => {
  lab.state.write(networkRecord, { address: "10.0.0.9" });
  writeFileSync(lab.state.path("machines"), "");
  const address = { address: "10.0.0.9" };
  assert.equal(await describeLab(chain, lab, new Facts()), { hostNetwork: address, machines: address });
  for (const file of ["hostNetwork", "machines"] as const) lab.state.remove(file);
  assert.equal(await describeLab(chain, lab, new Facts()), {});
  lab.state.writeText("secrets", "{}\n");
  assert.equal(Object.keys(await describeLab(chain, lab, new Facts())), ["hostNetwork", "machines"]);
});

/** A chain whose stages tell what was done to them, and whose facts were shared. */
function told(...stopping: readonly string[]) {
  const did: string[] = [];
  const acts = (sentence: string): Step =>
    step({
      id: sentence,
      title: "Do",
      observe: async () => did.includes(sentence),
      plan: (isDone) =>
        isDone ? [] : [{ on: "host", kind: "change", sentence, run: async () => void did.push(sentence) }],
    });
  return {
    did,
    chain: [network, machines].map((each) => ({
      ...each,
      fetch: () => [acts(`${each.name}: fetch`)],
      steps: () => [acts(`${each.name}: start`)],
      ...(stopping.includes(each.name) && { stopping: () => [acts(`${each.name}: stop`)] }),
    })),
  };
}

test("a lab is stopped from its last stage on; a stage that has nothing to stop is left alone", async ({ lab }) => {
  const both = told("network", "machines");
  assert.is(await stopLab(both.chain, lab, () => {}, new Facts()), 2);
  assert.equal(both.did, ["machines: stop", "network: stop"]);
  const one = told("machines");
  assert.is(await stopLab(one.chain, lab, () => {}, new Facts()), 1);
  assert.is(await stopLab(one.chain, lab, () => {}, new Facts()), 0, "it was stopped already");
});

test("a lab is started from its first stage on, by what was recorded, once every cache is full", async ({ lab }) => {
  const { chain: stages, did } = told();
  lab.state.write(networkRecord, { address: "10.0.0.9" });
  const events: string[] = [];
  const report: Report = (event) => void events.push(`${event.event} ${event.stage}`);
  const times = await startLab(stages, lab, report, new Facts());
  assert.equal(did, ["network: fetch", "machines: fetch", "network: start", "machines: start"]);
  assert.equal(
    times.map(({ stage: name, actions }) => [name, actions]),
    [
      ["network", 1],
      ["machines", 1],
    ],
  );
  assert.equal(lab.state.read(machinesRecord), { address: "10.0.0.9" });
  assert.equal(
    events.filter((event) => event.startsWith("stage-")),
    ["stage-started network", "stage-ended network", "stage-started machines", "stage-ended machines"],
  );
});

test.run();
