import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkNothingToDo } from "../src/check-nothing-to-do.js";
import type { Row } from "../src/row.js";
import { renderText } from "../src/render-text.js";
import { tableOf } from "../src/table.js";
import { roundOf } from "./rounds.js";

const test = suite("bench table");
const rounds = [roundOf(8, 10), roundOf(12, 20), roundOf(9, 9)];
const rows = tableOf(rounds);
const rowOf = (wanted: string): Row => {
  const row = rows.find(({ id }) => id === wanted);
  assert.ok(row, `has a row ${wanted}`);
  return row as Row;
};

test("a ratio is that of each round, not of the medians", () => {
  assert.equal(rowOf("up").value, { median: 9, min: 8, max: 12 });
  assert.equal(rowOf("up").ratio, { median: 0.8, min: 0.6, max: 1 });
  assert.is(rowOf("exec").ratio?.median, 10, "each row has raw tools of its own");
});

test("every goal of the issue has a row", () => {
  const withGoal = rows.filter(({ goal }) => goal).map(({ id }) => id);
  const expected = "up orchestration again push unchanged down exec kubectl eachAgent memory".split(" ");
  assert.equal(withGoal, expected);
});

test("an agent's time and CPU time are half of what two more cost", () => {
  assert.is(rowOf("eachAgent").value.median, 1.5);
  assert.equal(rowOf("eachAgent").cpu, { "each agent": 2.5 });
});

test("memory is that of our own Node; npm, turbo and tools stand apart", () => {
  assert.equal(rowOf("memory").value, { median: 120, min: 120, max: 120 });
  assert.equal(rowOf("memory").memory, { node: 120, turbo: 30, npm: 5, tools: 20 });
  assert.is(rowOf("memory").sampled, 3);
});

test("CPU time is shown by group and by machine", () => {
  const { cpu } = rowOf("up");
  const groups = ["all of the command", "node", "turbo", "npm", "tools", "unseen", "multi", "agent1", "agent2"];
  assert.equal(Object.keys(cpu ?? {}), [...groups, "machines in the raw chain"]);
  assert.is(cpu?.unseen, 2.5);
  assert.is(cpu?.["machines in the raw chain"], 11);
});

test("as text, each row has its median, its spread, and whether its goal is met", () => {
  const text = renderText(rows);
  assert.match(
    text,
    /^up, three nodes.* 3 +9\.00 \(8\.00\.\.12\.00\) s .* 0\.80 \(0\.60\.\.1\.00\) .*<= 0\.7 x raw .*no, by 14 %$/m,
  );
  assert.match(text, /^up, nothing to do .*yes$/m);
  assert.match(text, "up, three nodes, registry verified (sampled runs: 3)");
  assert.match(text, /CPU: all of the command 4\.00, node 1\.00/);
});

test("an up with nothing to do is held against plan by their shortest runs", () => {
  assert.is(checkNothingToDo(rows), undefined);
  const slow = rows.map((row) => (row.id === "again" ? { ...row, value: { median: 0.5, min: 0.72, max: 1 } } : row));
  assert.match(checkNothingToDo(slow) ?? "", /1\.31 times as long as lab:plan, expected at most 1\.3/);
});

test.run();
