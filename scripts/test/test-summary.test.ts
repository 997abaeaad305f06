import { summarize } from "../src/test-summary.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("scripts test-summary");
const said = (total: number, passed: number) => `  Total:     ${total}\n  Passed:    ${passed}\n  Skipped:   0\n`;

test("adds up files", () => {
  const { text, ok } = summarize([
    { file: "a", output: said(3, 3), exitCode: 0 },
    { file: "b", output: `\u001B[32m${said(2, 2)}`, exitCode: 0 },
  ]);
  assert.is(text, "5 passed, 0 failed");
  assert.ok(ok);
});

for (const [name, result] of [
  ["a failing test", { output: said(3, 2), exitCode: 1 }],
  ["no summary", { output: "", exitCode: 0 }],
  ["no test at all", { output: said(0, 0), exitCode: 0 }],
  ["an exit code behind passing tests", { output: said(1, 1), exitCode: 1 }],
] as const) {
  test(`${name} is a failure`, () => {
    const summary = summarize([{ file: "a", ...result }]);
    assert.not(summary.ok);
    assert.match(summary.text, /, 1 failed$/);
  });
}

test("no file at all is a failure", () => assert.not(summarize([]).ok));

test.run();
