import { suite } from "uvu";
import * as assert from "uvu/assert";
import { stepsIn } from "../../src/waterfall/bars.js";
import { criticalPath } from "../../src/waterfall/critical-path.js";
import { reported, up } from "../reported.js";

const test = suite("bench critical path");
const nodes = ["multi", "agent1"];
const run = { steps: stepsIn(up), events: [], server: "multi", nodes, took: 7200 };
const event = (node: string, what: string, at: number) => ({ node, what, at });
const events = [
  event("agent1", "unit starts", 2600),
  event("multi", "unit starts", 2700),
  event("multi", "API answers", 4000),
  event("multi", "joined", 4500),
  event("agent1", "joined", 5500),
  event("agent1", "Ready", 6900),
];
const told = (path: ReturnType<typeof criticalPath>) => path.map(({ from, to, title }) => [from, to, title] as const);

test("it has no hole from the start of the command to its end", () => {
  for (const path of [criticalPath(run), criticalPath({ ...run, events })]) {
    assert.is(path[0]?.from, 0);
    assert.is(path.at(-1)?.to, 7200);
    path.slice(1).forEach(({ from }, index) => assert.is(from, path[index]?.to));
  }
});

test("of actions that run together, the one that ended last was waited for", () => {
  assert.equal(told(criticalPath(run)), [
    [0, 310, "the command and the stages start"],
    [310, 500, "Start machines: observe, plan"],
    [500, 2000, "multi: start"],
    [2000, 2100, "Start machines: observe, plan"],
    [2100, 2400, "nothing reported"],
    [2400, 2500, "Start the cluster: observe, plan"],
    [2500, 7000, "agent1: join"],
    [7000, 7050, "Start the cluster: observe, plan"],
    [7050, 7060, "nothing reported"],
    [7060, 7080, "Name hosts: observe, plan"],
    [7080, 7200, "the command ends"],
  ]);
});

test("an agent that joined had waited for the server's API", () => {
  const inside = told(criticalPath({ ...run, events })).filter(([from]) => from >= 2500 && from < 7000);
  assert.equal(inside, [
    [2500, 2700, "multi: unit starts"],
    [2700, 4000, "multi: API answers"],
    [4000, 5500, "agent1: joined"],
    [5500, 6900, "agent1: Ready"],
    [6900, 7000, "agent1: join"],
  ]);
});

test("an agent that came later than the server's API had not waited for it", () => {
  const late = [event("multi", "API answers", 2550), ...events.filter(({ what }) => what !== "API answers")];
  const titles = criticalPath({ ...run, events: late.toSorted((a, b) => a.at - b.at) }).map(({ title }) => title);
  assert.ok(titles.includes("agent1: unit starts"));
  assert.not.ok(titles.includes("multi: API answers"));
});

test("events of one moment end", () => {
  const twins = [event("agent1", "joined", 5000), event("agent1", "Ready", 5000)];
  assert.is(criticalPath({ ...run, events: twins })[0]?.from, 0);
});

test("an action about no node that ends with an event had waited for it", () => {
  const steps = stepsIn(
    reported(
      [0, "step-started", "cluster", "Wait"],
      [0, "action-started", "cluster", "Wait", "wait until every node is Ready"],
      [1000, "action-ended", "cluster", "Wait", "wait until every node is Ready"],
      [1000, "step-ended", "cluster", "Wait"],
    ),
  );
  const path = criticalPath({ ...run, steps, events: [event("agent1", "Ready", 900)], took: 1000 });
  assert.equal(told(path), [
    [0, 900, "agent1: Ready"],
    [900, 1000, "wait until every node is Ready"],
  ]);
});

test("no stage waits for a later one", () => {
  const steps = stepsIn(
    reported(
      [0, "step-started", "registry", "Fetch"],
      [100, "step-started", "machines", "Find"],
      [200, "step-ended", "machines", "Find"],
      [400, "step-ended", "registry", "Fetch"],
      [500, "step-started", "machines", "Make"],
      [600, "step-ended", "machines", "Make"],
      [600, "step-started", "registry", "Push"],
      [700, "step-ended", "registry", "Push"],
    ),
  );
  const titles = criticalPath({ ...run, steps, took: 700 }).map(({ title }) => title);
  assert.not.ok(titles.includes("Fetch: observe, plan"), titles.join("; "));
});

test.run();
