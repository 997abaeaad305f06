import { suite } from "uvu";
import * as assert from "uvu/assert";
import { nodeOf, spansOf } from "../src/span.js";
import { eventsIn } from "../src/timed-event.js";
import { reported, up } from "./reported.js";

const test = suite("bench events");

test("what is no event, and the summary, are left out", () => {
  const lines = [
    { at: 1, line: '{"event":"stage-started","stage":"cluster"}' },
    { at: 2, line: "(node:1) a warning" },
    { at: 3, line: '{"event":"summary","ms":1}' },
  ];
  assert.equal(eventsIn(lines), [{ at: 1, event: { event: "stage-started", stage: "cluster" } }]);
});

test("actions of one name at two steps, or two stages, are not mixed up", () => {
  const spans = spansOf(
    reported(
      [1, "action-started", "a", "One", "host: do it"],
      [2, "action-started", "b", "One", "host: do it"],
      [3, "action-started", "a", "Two", "host: do it"],
      [4, "action-ended", "a", "Two", "host: do it"],
      [5, "action-ended", "b", "One", "host: do it"],
      [6, "action-ended", "a", "One", "host: do it"],
    ),
  );
  assert.equal(
    spans.map(({ stage, id, from, to }) => [stage, id, from, to]),
    [
      ["a", "one", 1, 6],
      ["b", "one", 2, 5],
      ["a", "two", 3, 4],
    ],
  );
});

test("what never ended has no span", () => {
  const ids = spansOf(up.slice(0, 8)).map(({ title }) => title);
  assert.equal(ids, ["host: fetch K3s"]);
});

test("a node is found by the subject of a sentence alone", () => {
  assert.is(nodeOf("agent1: join multi", ["multi", "agent1"]), "agent1");
  assert.is(nodeOf("agent10: start", ["multi", "agent1"]), undefined);
  assert.is(nodeOf("host: push multi: x", ["multi"]), undefined);
});

test.run();
