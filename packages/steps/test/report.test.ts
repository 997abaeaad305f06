import { decodeEvent, encodeEvent, type Event, plainLine, plainReport, reportKind } from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("steps report");
const action = {
  stage: "machines",
  id: "start-machines",
  step: "Start machines",
  action: "multi: start",
  on: "multi",
  kind: "restart",
} as const;
const events: Event[] = [
  { event: "stage-started", stage: "machines" },
  { event: "action-started", ...action },
  { event: "progress", stage: "machines", message: "half of it" },
  { event: "action-ended", ...action, ok: true, ms: 1234 },
  { event: "problem", stage: "machines", message: "multi: is broken.", exitCode: 1 },
];

test("an event survives its way through a pipeline's prefixed output", () => {
  for (const event of events) assert.equal(decodeEvent(`machines:lab:up: ${encodeEvent(event)}`), event);
  assert.is(decodeEvent("> node dist/up.js"), undefined);
  assert.is(decodeEvent("@k3s-lab {broken"), undefined);
});

test("a log is told of progress now and then, and of all else at once", () => {
  let clock = 0;
  const lines: string[] = [];
  const report = plainReport(
    (line) => lines.push(line),
    () => clock,
  );
  for (clock = 0; clock <= 6_000; clock += 1_000) report({ event: "progress", stage: "a", message: `at ${clock}` });
  report({ event: "progress", stage: "b", message: "first" });
  report({ event: "note", stage: "a", message: "note" });
  assert.equal(lines, ["a: at 0", "a: at 5000", "b: first", "a: note"]);
});

test("plain lines read like a log", () => {
  assert.equal(
    events.map(plainLine).filter((line) => line !== undefined),
    ["machines: multi: start", "machines: half of it", "machines: multi: start: done in 1.2 s", "multi: is broken."],
  );
});

test("the first error names the log of its run, an interruption does not", () => {
  const problem = { event: "problem", stage: "machines", message: "multi: is broken.", log: "/l/a.log" } as const;
  assert.is(plainLine({ ...problem, exitCode: 1 }), "multi: is broken.\nThe log of this run is /l/a.log");
  assert.is(plainLine({ ...problem, exitCode: 130 }), "multi: is broken.");
});

test("a failed action is a line of a log, too", () => {
  const line = plainLine({ event: "action-ended", ...action, ok: false, ms: 100 });
  assert.is(line, "machines: multi: start: failed after 0.1 s");
});

test("a terminal is drawn on only where no other program prefixes the lines", () => {
  assert.is(reportKind({}, true), "pretty");
  assert.is(reportKind({}, false), "plain");
  assert.is(reportKind({ CI: "true" }, true), "plain");
  assert.is(reportKind({ TERM: "dumb" }, true), "plain");
  assert.is(reportKind({ TURBO_HASH: "x" }, true), "plain");
  assert.is(reportKind({ K3S_LAB_REPORT: "json" }, true), "json");
  assert.is(reportKind({ K3S_LAB_REPORT: "nonsense" }, false), "plain");
  assert.is(reportKind({ CI: "true", GITHUB_ACTIONS: "true" }, false), "github");
});

test.run();
