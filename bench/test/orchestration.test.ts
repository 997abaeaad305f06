import { suite } from "uvu";
import * as assert from "uvu/assert";
import { orchestrationOf } from "../src/orchestration.js";
import { reported, up } from "./reported.js";

const test = suite("bench orchestration");
const nodes = ["multi", "agent1"];

test("it is what comes before the machines, after the nodes, and gaps between actions", () => {
  assert.equal(orchestrationOf(up, nodes, 7200), {
    untilFirstStage: 300,
    untilFirstMachine: 500,
    gaps: 500, // from 2000 to 2500: a step looks, but no action is pending
    afterLastNode: 200,
    total: 1200,
  });
});

test("a gap counts once, however many actions surround it, and not behind a longer action", () => {
  const events = reported(
    [0, "action-started", "machines", "Start machines", "multi: start"],
    [100, "action-started", "machines", "Start machines", "agent1: start"],
    [200, "action-ended", "machines", "Start machines", "agent1: start"],
    [1000, "action-ended", "machines", "Start machines", "multi: start"],
    [1300, "action-started", "registry", "Pull", "multi: pull"],
    [1300, "action-started", "registry", "Pull", "agent1: pull"],
    [1500, "action-ended", "registry", "Pull", "agent1: pull"],
    [1600, "action-ended", "registry", "Pull", "multi: pull"],
  );
  assert.is(orchestrationOf(events, nodes, 1600).gaps, 300);
});

test("work of the host after the last node counts as orchestration, work of the host between does not", () => {
  const events = reported(
    [0, "action-started", "machines", "Start machines", "multi: start"],
    [100, "action-ended", "machines", "Start machines", "multi: start"],
    [100, "action-started", "cluster", "Fetch", "host: fetch"],
    [400, "action-ended", "cluster", "Fetch", "host: fetch"],
    [400, "action-started", "cluster", "Join", "multi: join"],
    [500, "action-ended", "cluster", "Join", "multi: join"],
    [500, "action-started", "cluster", "Write", "write a file"],
    [900, "action-ended", "cluster", "Write", "write a file"],
  );
  const { gaps, afterLastNode } = orchestrationOf(events, nodes, 1000);
  assert.equal({ gaps, afterLastNode }, { gaps: 0, afterLastNode: 500 });
});

test("an up with nothing to do has none", () => {
  assert.throws(() => orchestrationOf(reported([10, "stage-started", "machines"]), nodes, 100), /started no machine/);
});

test.run();
