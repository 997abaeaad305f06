import { stripVTControlCharacters } from "node:util";
import { decodeEvent, encodeEvent, type Event, plainLine, prettyReport, reportKind } from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("steps report");
const action = { stage: "machines", step: "Start machines", action: "multi: start" } as const;
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

test("plain lines read like a log", () => {
  assert.equal(
    events.map(plainLine).filter((line) => line !== undefined),
    ["machines: multi: start", "machines: half of it", "machines: multi: start: done in 1.2 s", "multi: is broken."],
  );
});

test("pretty keeps finished actions and shows what goes on within the terminal's width", () => {
  const written: string[] = [];
  const report = prettyReport({ write: (text) => written.push(text), columns: 20 });
  for (const event of events) report(event);
  const lines = written.map((text) => stripVTControlCharacters(text).replaceAll("\r", ""));
  assert.ok(lines.includes("  ✔ machines      multi: start 1.2 s\n"));
  assert.ok(lines.includes("  … half of it"));
  assert.ok(lines.filter((line) => !line.endsWith("\n")).every((line) => line.length < 20));
});

test("a terminal is drawn on only where lines are ours", () => {
  assert.is(reportKind({}, true), "pretty");
  assert.is(reportKind({}, false), "plain");
  assert.is(reportKind({ CI: "true" }, true), "plain");
  assert.is(reportKind({ TURBO_HASH: "x" }, true), "plain");
  assert.is(reportKind({ K3S_LAB_REPORT: "json" }, true), "json");
});

test.run();
