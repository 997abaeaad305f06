import { suite } from "uvu";
import * as assert from "uvu/assert";
import { didYouMean, nearest } from "../src/nearest.js";

const test = suite("problem: nearest");
const machines = ["multi", "agent1", "agent2"];

for (const [typed, meant] of [
  ["agnt1", "agent1"],
  ["agetn2", "agent2"],
  ["Multi", "multi"],
  ["agent3", "agent1"],
  ["worker", undefined],
  ["", undefined],
] as const) {
  test(`${typed || "nothing"} is ${meant ?? "like no machine"}`, () => {
    assert.is(nearest(typed, machines), meant);
  });
}

test("of two, the nearer one is meant, and a short name is not like every other", () => {
  assert.is(nearest("agent22", ["agent1", "agent2"]), "agent2");
  assert.is(nearest("zz", ["up"]), undefined);
  assert.is(didYouMean("stauts", ["status"]), " (did you mean status?)");
  assert.is(didYouMean("x", ["status"]), "");
});

test.run();
