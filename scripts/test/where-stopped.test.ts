import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Whereabouts } from "../src/where-stopped.js";

const test = suite("scripts where-stopped");
const step = { stage: "machines", id: "start-machines", step: "Start machines" } as const;
const ended = { event: "step-ended", ...step, ok: true, ms: 1, actions: 0 } as const;

test("the open steps are named, whatever ends on account of the interruption", () => {
  const where = new Whereabouts();
  where.update({ event: "step-started", ...step });
  where.update({ event: "step-started", stage: "cluster", id: "fetch-k3s", step: "Fetch K3s" });
  where.stop();
  where.update({ ...ended, ok: false });
  assert.is(where.words, 'in machines, at "Start machines"; and in cluster, at "Fetch K3s"');
});

test("between two steps it is the last one; before the first, none", () => {
  const where = new Whereabouts();
  where.update({ event: "step-started", ...step });
  where.update(ended);
  where.stop();
  assert.is(where.words, 'in machines, at "Start machines"');
  const early = new Whereabouts();
  early.stop();
  assert.is(early.words, "before its first step");
});

test.run();
