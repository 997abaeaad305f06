import { stripVTControlCharacters } from "node:util";
import {
  decodeEvent,
  encodeEvent,
  type Event,
  openReport,
  plainLine,
  plainReport,
  prettyReport,
  reportKind,
  type Terminal,
} from "../src/index.js";
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

test("a failed action is a line of a log, too", () => {
  const line = plainLine({ event: "action-ended", ...action, ok: false, ms: 100 });
  assert.is(line, "machines: multi: start: failed after 0.1 s");
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

/** What a pretty report writes on a terminal, and the terminal. */
function terminal(options: { columns?: number; colour?: boolean } = {}) {
  const written: string[] = [];
  const listeners: (() => void)[] = [];
  const tty = {
    columns: options.columns,
    write: (text: string) => void written.push(text),
    on: (_event: "resize", listener: () => void) => void listeners.push(listener),
  };
  const report = prettyReport(tty as Terminal, { colour: options.colour ?? false });
  const status = () => (written.at(-1) ?? "").replace("\r\u001B[2K", "");
  return { tty, written, report, status, resize: () => listeners.forEach((listener) => listener()) };
}

test("the status line never wraps, whatever is reported and however narrow the terminal is", () => {
  const message = `pulled\nall of\tit ${"long ".repeat(50)}`;
  for (const columns of [1, 2, 3, 10, 40, 0, undefined]) {
    const { report, status } = terminal(columns === undefined ? {} : { columns });
    report({ event: "progress", stage: "machines", message });
    assert.ok([...status()].length <= Math.max(1, (columns || 80) - 1), `${columns} columns`);
    assert.not.match(status(), /\n/);
  }
});

test("the status line follows the terminal's width", () => {
  const { report, status, tty, resize } = terminal({ columns: 80 });
  report({ event: "action-started", ...action, action: "multi: start all that it is made of" });
  tty.columns = 20;
  resize();
  assert.is(status(), "  … multi: start a…");
});

test("several actions at once are counted; nothing is left of a stage that has ended", () => {
  const { report, status } = terminal();
  report({ event: "action-started", ...action });
  report({ event: "action-started", ...action, action: "agent1: start" });
  assert.is(status(), "  … agent1: start (and 1 more)");
  report({ event: "action-ended", ...action, ok: true, ms: 1 });
  report({ event: "action-ended", ...action, action: "agent1: start", ok: true, ms: 1 });
  report({ event: "progress", stage: "machines", message: "looking" });
  assert.is(status(), "  … looking");
  report({ event: "stage-ended", stage: "machines", ok: true, ms: 1, actions: 2 });
  assert.is(status(), "");
});

test("without colour nothing but the line is cleared", () => {
  const { report, written } = terminal();
  for (const event of events) report(event);
  assert.not(written.join("").replaceAll("\r\u001B[2K", "").includes("\u001B"));
  const painted = terminal({ colour: true });
  for (const event of events) painted.report(event);
  assert.match(painted.written.join(""), "\u001B[32m✔");
});

test("NO_COLOR takes the colour from a terminal, unless it is empty", () => {
  const written = (env: NodeJS.ProcessEnv) => {
    const { write } = process.stderr;
    let text = "";
    process.stderr.write = (chunk: string | Uint8Array) => ((text += String(chunk)), true);
    try {
      openReport("pretty", env)({ event: "problem", stage: "machines", message: "is broken", exitCode: 1 });
    } finally {
      process.stderr.write = write;
    }
    return text;
  };
  assert.not.match(written({ NO_COLOR: "1" }), "\u001B[31m");
  assert.match(written({ NO_COLOR: "" }), "\u001B[31m");
});

test("a terminal is drawn on only where no other program prefixes the lines", () => {
  assert.is(reportKind({}, true), "pretty");
  assert.is(reportKind({}, false), "plain");
  assert.is(reportKind({ CI: "true" }, true), "plain");
  assert.is(reportKind({ TERM: "dumb" }, true), "plain");
  assert.is(reportKind({ TURBO_HASH: "x" }, true), "plain");
  assert.is(reportKind({ K3S_LAB_REPORT: "json" }, true), "json");
});

test.run();
