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

test("lab.example.yaml shows every default", () => {
  assert.equal(parseConfig(read("../../../lab.example.yaml")), parseConfig(""));
});

test.run();
