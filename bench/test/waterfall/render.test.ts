import { suite } from "uvu";
import * as assert from "uvu/assert";
import { stepsIn } from "../../src/waterfall/bars.js";
import { type ChartRow, rowsOf } from "../../src/waterfall/chart.js";
import { criticalPath } from "../../src/waterfall/critical-path.js";
import { renderWaterfall } from "../../src/waterfall/render-page.js";
import { renderSvg } from "../../src/waterfall/render-svg.js";
import { up as events } from "../reported.js";

const test = suite("bench waterfall");
const steps = stepsIn(events);
const nodes = ["multi", "agent1"];
const told = [
  { node: "multi", what: "unit starts", at: 2700 },
  { node: "multi", what: "API answers", at: 4000 },
  { node: "agent1", what: "Ready", at: 6900, isRough: true },
];
const path = criticalPath({ steps, events: told, server: "multi", nodes, took: 7200 });
const up = { took: 7200, steps, events: told, nodes, path };
const rows = rowsOf(up);
const rowOf = (wanted: string): ChartRow => {
  const row = rows.find(({ label }) => label.trim() === wanted);
  assert.ok(row, `has a row: ${wanted}`);
  return row as ChartRow;
};

test("the critical path comes first, then the stages as they ended, then the nodes", () => {
  assert.equal(
    rows.filter(({ isHeading }) => isHeading).map(({ label }) => label),
    [
      "Critical path: what had to be waited for, 7.20 s",
      "Stage machines: 0.31 s to 2.10 s",
      "Stage cluster: 0.33 s to 7.08 s",
      "Node multi",
      "Node agent1",
    ],
  );
});

test("every action and every step with actions has a row; steps with nothing to do share one", () => {
  for (const { title, actions } of steps) {
    if (actions.length > 0) rowOf(title);
    for (const action of actions) rowOf(action.title);
  }
  assert.is(rowOf("1 step with nothing to do").note, "0.02 s");
});

test("a bar is critical where it was waited for", () => {
  const critical = (label: string) => rowOf(label).marks.filter(({ isCritical }) => isCritical).length;
  assert.is(critical("agent1: start"), 0);
  assert.is(
    rows.filter(({ label, marks }) => label.trim() === "multi: start" && marks.some((mark) => mark.isCritical)).length,
    2,
  );
});

test("an event's bar begins with the event before it, and what is rough is said to be", () => {
  assert.equal(
    rowOf("API answers")
      .marks.slice(0, 1)
      .map(({ from, to }) => [from, to]),
    [[2700, 4000]],
  );
  assert.is(rowOf("Ready").note, "at 6.90 s, to the second");
});

test("bars lie where their times are, and stay inside the picture", () => {
  const mark = { kind: "action", isCritical: false, title: "b" } as const;
  const row = (from: number, to: number) =>
    renderSvg([{ label: "a", marks: [{ ...mark, from, to }], note: "n" }], 10_000);
  // 790 pixels for 10 s, behind 400 for the labels.
  assert.match(row(5_000, 7_500), 'x="795.0" y="27" width="197.5"');
  assert.match(row(5_000, 7_500), '<text class="note" x="998.5"');
  assert.match(row(9_000, 10_000), /class="note" x="1105" text-anchor="end"/);
  assert.match(row(1, 1), 'width="1.5"');
});

test("seconds are marked, few enough to be read", () => {
  const marks = (took: number) => renderSvg([], took).match(/class="grid"/g)?.length;
  assert.is(marks(8_200), 9);
  assert.is(marks(33_000), 7);
  assert.is(marks(500_000), 9);
});

test("the page is complete in itself, safe, and follows the colours of the reader", () => {
  const [first, ...others] = steps;
  assert.ok(first);
  const unsafe = [{ ...first, title: 'a <b> & "c"' }, ...others] as typeof steps;
  const page = renderWaterfall({ ...up, steps: unsafe }, "on <this> machine");
  assert.not.match(page, /<script|https?:|url\(|<link|<img/);
  assert.match(page, "a &lt;b&gt; &amp; &quot;c&quot;");
  assert.match(page, "<p>on &lt;this&gt; machine</p>");
  assert.match(page, "@media (prefers-color-scheme: dark)");
  assert.match(page, /<h1>lab:up from nothing: 7\.20 s<\/h1>/);
});

test.run();
