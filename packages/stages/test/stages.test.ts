import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseCidr } from "@k3s-lab/ip";
import { Problem } from "@k3s-lab/problem";
import { carryOut, type Event, Facts } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { countOf, planLab, removeLab, repairsOf } from "../src/index.js";
import { decideAll, recordedBefore, stageNamed, stepsOf } from "../src/decide.js";
import { lampLab } from "./fixtures/lamps.js";

type Context = Awaited<ReturnType<typeof lampLab>>;
const test = suite<Context>("stages");

test.before.each(async (context) => void Object.assign(context, await lampLab()));
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const sentences = (parts: readonly { readonly actions: readonly { readonly sentence: string }[] }[]) =>
  parts.map(({ actions }) => actions.map(({ sentence }) => sentence));

/** Decides as `lab:up` would. */
async function decide({ chain, lab }: Context) {
  const notes: string[] = [];
  const values = await decideAll(chain, {
    lab,
    facts: new Facts(),
    mayAsk: true,
    note: (text) => void notes.push(text),
    assume: () => {},
  });
  return { values, notes };
}

/** Makes the lab, and records its values. */
async function up(context: Context) {
  const { values } = await decide(context);
  for (const stage of context.chain) {
    context.lab.state.write(stage.record, values[stage.key] ?? {});
    const options = { stage: stage.name, report: () => {} };
    const { signal } = new AbortController();
    const steps = await stepsOf(context.chain, stage, { lab: context.lab, values, signal });
    await carryOut([...stage.fetch(context.lab), ...steps], options);
  }
  context.world.decisions.length = 0;
}

test("a plan of a lab that was never made goes down to its last stage, and touches nothing", async (context) => {
  const { chain, lab, world } = context;
  const plan = await planLab(chain, lab);
  assert.equal(sentences(plan.fetch), [["make cable in stock"], ["make lamp in stock"]]);
  assert.equal(sentences(plan.stages), [["make cable of 5 m", "make hook for a red lamp"], ["make red lamp"]]);
  assert.is(countOf(plan.fetch, plan.stages), 5);
  assert.equal(plan.values, { cables: { length: 5 }, lamps: { colour: "red", length: 5 } });
  assert.equal(plan.notes, ["cables of 5 m", "lamps are red"]);
  assert.equal(
    world.decisions.map(({ mayAsk }) => mayAsk),
    [false, false],
  );
  assert.is(world.made.size, 0);
  assert.not.ok(lab.state.exists("hostNetwork"));
});

test("a plan of a lab that exists is empty", async (context) => {
  await up(context);
  const plan = await planLab(context.chain, context.lab);
  assert.is(countOf(plan.fetch, plan.stages), 0);
});

test("what a later stage takes out of use goes before the first step of the stage that it names", async (context) => {
  await up(context);
  context.world.made.add("old lamp").delete("cable of 5 m");
  const { stages } = await planLab(context.chain, context.lab);
  assert.equal(sentences(stages), [["remove old lamp", "make cable of 5 m"], []]);
});

test("a plan ends where a step cannot be made true", async ({ chain, lab, world }) => {
  world.obstacle = new Problem("LAB-RUN-001", "cable", "is sold out");
  const plan = await planLab(chain, lab);
  assert.is(plan.obstacle, world.obstacle);
  assert.equal(sentences(plan.stages), [[]]);
  assert.equal(sentences(plan.fetch), [["make cable in stock"], ["make lamp in stock"]]);
});

test("a stage is decided from the values before it, and from what it was", async (context) => {
  const { world } = context;
  await up(context);
  await decide(context);
  assert.equal(
    world.decisions.map(({ upstream, recorded }) => ({ upstream: Object.keys(upstream), recorded })),
    [
      { upstream: [], recorded: { length: 5 } },
      { upstream: ["cables"], recorded: { colour: "red", length: 5 } },
    ],
  );
});

test("a lab that was never made, and one that is whole, are not searched", async (context) => {
  await decide(context);
  await up(context);
  await decide(context);
  assert.equal(context.world.asked, []);
});

test("a lab that is made for the first time is not searched where it was interrupted", async (context) => {
  await up(context);
  context.lab.state.remove("machines");
  await decide(context);
  assert.equal(context.world.asked, []);
});

test("where a record was deleted, every stage is asked once for what remains; a later one counts more", async (context) => {
  const { lab, world } = context;
  await up(context);
  lab.state.remove("hostNetwork");
  world.remains = { subnet: parseCidr("10.9.0.0/24") };
  const { values, notes } = await decide(context);
  assert.equal(world.asked, ["cables", "lamps"]);
  assert.equal(
    world.decisions.map(({ remains }) => remains),
    [{ podCidr: parseCidr("10.1.0.0/16"), subnet: parseCidr("10.9.0.0/24") }, {}],
  );
  assert.equal(values.cables, { length: 24 });
  assert.not(notes.some((note) => note.includes("damaged")));
});

test("where all records were deleted, the lab's secrets show that it was made", async (context) => {
  const { lab, world } = context;
  await up(context);
  for (const file of ["hostNetwork", "machines"] as const) lab.state.remove(file);
  await decide(context);
  assert.equal(world.asked, []);
  lab.state.writeText("secrets", "{}\n");
  world.remains = { subnet: parseCidr("10.9.0.0/24") };
  const { values } = await decide(context);
  assert.equal(values.cables, { length: 24 });
});

test("damaged records are named, and made again from what remains", async (context) => {
  const { lab, world } = context;
  await up(context);
  for (const file of ["hostNetwork", "machines"] as const) writeFileSync(lab.state.path(file), "");
  world.remains = { subnet: parseCidr("10.9.0.0/24") };
  const { values, notes } = await decide(context);
  assert.equal(
    notes.filter((note) => note.includes("damaged")),
    ["host-network.json", "machines.json"].map(
      (file) => `${join(lab.state.dir, file)} is damaged; it is made again from what exists`,
    ),
  );
  // Both decisions need it, and the world is asked once.
  assert.equal(world.asked, ["cables", "lamps"]);
  assert.equal(values, { cables: { length: 24 }, lamps: { colour: "red", length: 24 } });
  assert.ok((await planLab(context.chain, lab)).notes.some((note) => note.includes("host-network.json is damaged")));
});

test("a record of an older version is migrated", async (context) => {
  const { lab, world } = context;
  await up(context);
  writeFileSync(lab.state.path("hostNetwork"), JSON.stringify({ schema: 1, feet: 28 }));
  const { values } = await decide(context);
  assert.equal(values.cables, { length: 7 });
  assert.equal(world.asked, []);
});

test("a stage is not run before those in front of it; a damaged record is named", async ({ chain, lab }) => {
  const [first, second] = chain;
  const expected = (what: string) =>
    `${lab.state.path("hostNetwork")}: is ${what}. Run \`npm run lab:up\`, which runs every stage. [LAB-CFG-008]`;
  const refusal = () => {
    try {
      return second && recordedBefore(chain, second, lab);
    } catch (error) {
      return (error as Error).message;
    }
  };
  assert.is(refusal(), expected("missing"));
  if (first) lab.state.write(first.record, { length: 5 });
  assert.equal(refusal(), { cables: { length: 5 } });
  writeFileSync(lab.state.path("hostNetwork"), "{");
  assert.is(refusal(), expected("damaged"));
});

test("a lab is removed from its last stage to its first, whatever was recorded", async (context) => {
  const { chain, lab, world } = context;
  await up(context);
  lab.state.remove("machines");
  const events: Event[] = [];
  const removed = await removeLab(chain, lab, (event) => void events.push(event), new Facts());
  assert.is(removed, 5);
  assert.is(world.made.size, 0);
  const done = events.flatMap((event) => (event.event === "action-ended" ? event.action : []));
  assert.equal(done.slice(0, 3).toSorted(), ["remove hook for a red lamp", "remove lamp in stock", "remove red lamp"]);
  assert.is(await removeLab(chain, lab, () => {}, new Facts()), 0);
});

test("a name that is no stage's is refused with the names that are", ({ chain }) => {
  assert.throws(
    () => stageNamed(chain, "lamps"),
    ({ message }: Error) => message === "lamps: is no stage, expected one of run-cables, light-lamps. [LAB-RUN-003]",
  );
});

test("repairs take what was recorded, and what runs", async (context) => {
  const { chain, lab } = context;
  const lit = new Set(["hall"]);
  assert.equal(repairsOf(chain, "light-lamps", lab, lit), []);
  await up(context);
  const ids = repairsOf(chain, "light-lamps", lab, lit).map(({ id }) => id);
  assert.equal(ids, ["make-red lamp on 5 m in the hall"]);
  assert.equal(repairsOf(chain, "run-cables", lab, lit), []);
  const [cables] = chain;
  if (cables !== undefined) lab.state.remove(cables.record.file);
  assert.equal(repairsOf(chain, "light-lamps", lab, lit), []);
});

test.run();
