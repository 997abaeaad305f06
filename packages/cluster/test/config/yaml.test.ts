import { toYaml } from "../../src/config/yaml.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster yaml");

test("strings stay strings, and what is absent or empty is left out", () => {
  const entries = [
    ["a", "0600"],
    ["b", true],
    ["c", undefined],
    ["d", []],
    ["e", ['x "y"']],
  ] as const;
  assert.is(toYaml(entries), 'a: "0600"\nb: true\ne:\n  - "x \\"y\\""\n');
});

test.run();
