import { readFileSync } from "node:fs";
import { jsonSchema } from "../src/schema.js";
import { parseConfig } from "../src/parse-config.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("lab schema");
const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");

test("lab.schema.json is current; `npm run schema` writes it again", () => {
  assert.is(read("../lab.schema.json"), jsonSchema());
});

test("editors know the keys that lab.yaml may have beside its own", () => {
  const { additionalProperties, patternProperties } = JSON.parse(jsonSchema()) as Record<string, unknown>;
  assert.is(additionalProperties, false);
  assert.equal(Object.keys(patternProperties as object), ["^x-"]);
});

test("lab.example.yaml shows every default", () => {
  assert.equal(parseConfig(read("../../../lab.example.yaml")), parseConfig(""));
});

test.run();
