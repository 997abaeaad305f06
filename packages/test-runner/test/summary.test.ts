import { judge, summarize } from "../src/summary.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("scripts test-summary");
const said = (total: number, passed: number, skipped = 0) =>
  `\n  Total:     ${total}\n  Passed:    ${passed}\n  Skipped:   ${skipped}\n  Duration:  1.00ms\n`;
const outcome = (name: string, output: string, exitCode = 0) => judge(name, { output, exitCode });

test("adds up files, coloured or not", () => {
  const { text, ok } = summarize([outcome("a", said(3, 3)), outcome("b", `\u001B[32m${said(2, 2)}\u001B[39m`)]);
  assert.is(text, "5 passed, 0 failed");
  assert.ok(ok);
});

for (const [name, output, exitCode, failed] of [
  ["a failing test", said(3, 2), 1, 1],
  ["no summary", "", 0, 1],
  ["no test at all", said(0, 0), 0, 1],
  ["an exit code behind passing tests", said(1, 1), 1, 1],
  ["two summaries", said(1, 1) + said(2, 2), 0, 1],
] as const) {
  test(`${name} is a failure`, () => {
    const summary = summarize([outcome("a", output, exitCode)]);
    assert.not(summary.ok);
    assert.match(summary.text, new RegExp(`^failed: a: .*\n\\d passed, ${failed} failed$`));
  });
}

test("the totals that a failing assertion quotes are not the file's", () => {
  const quoted = said(9, 9).replaceAll("\n", "\n        ");
  assert.equal(outcome("a", `${quoted}\n${said(2, 1)}`, 1).failed, 1);
});

test("the end repeats how each report of a failing test begins, without its stack", () => {
  const stack = `\n    at Object.handler (/a.test.ts:1:1)\n    at run (/b.js:2:2)\n`;
  const reports = `   FAIL  s  "one"\n    Expected values to be strictly equal:  (is)\n\n        ++2\n        --1\n${stack}\n   FAIL  s  "two"\n    late${stack}`;
  const { text } = summarize([outcome("a", `${reports}${said(3, 1)}`, 1)]);
  assert.is(
    text,
    [
      "failed: a: 2 failed",
      '     FAIL  s  "one"',
      "      Expected values to be strictly equal:  (is)",
      "          ++2",
      "          --1",
      '     FAIL  s  "two"',
      "      late",
      "1 passed, 2 failed",
    ].join("\n"),
  );
  const long = `   FAIL  s  "one"\n${"    a line\n".repeat(50)}`;
  assert.is(summarize([outcome("a", `${long}${said(1, 0)}`, 1)]).text.split("\n").length, 14);
});

test("a file that skips all is no failure, unless it must not skip", () => {
  assert.is(outcome("a", said(0, 0, 2)).failed, 0);
  assert.is(judge("a", { output: said(0, 0, 2), exitCode: 0, mustNotSkip: true, reason: "why" }).failed, 1);
});

test("skips are listed and counted last", () => {
  const { text } = summarize([outcome("a", said(1, 1, 2))], [{ name: "a", reason: "needs root" }]);
  assert.is(text, "skipped: a: needs root\n1 passed, 0 failed, 2 skipped");
});

test("no test at all is a failure", () => assert.not(summarize([]).ok));

test.run();
