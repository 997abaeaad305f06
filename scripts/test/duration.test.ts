import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseDuration } from "../src/duration.js";

const test = suite("scripts duration");

for (const [text, seconds] of [
  ["30s", 30],
  ["5m", 300],
  ["1h30m", 5_400],
  ["2d", 172_800],
  ["1.5h", 5_400],
  ["500ms", 0.5],
] as const) {
  test(`${text} is ${seconds} s`, () => assert.is(parseDuration(text, "logs"), seconds));
}

for (const text of ["", "5", "m", "5x", "5m!", "-5m", "0s", "5 m"]) {
  test(`"${text}" is refused`, () => {
    assert.throws(() => parseDuration(text, "logs"), /^logs: --since: expected a duration such as .*\[LAB-CLI-013\]$/);
  });
}

test.run();
