// "I want to change a lab that runs" says of every key of lab.yaml what its change does.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { root } from "../drive-lab.js";

const test = suite("pages: what a change of each key does");

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

/** The keys of a schema that have a value, not a section: "nodes[].name". */
function keysOf({ properties = {} }: Schema, prefix = ""): readonly string[] {
  return Object.entries(properties).flatMap(([name, key]) => {
    if (key.properties !== undefined) return keysOf(key, `${prefix}${name}.`);
    if (key.items?.properties !== undefined) return keysOf(key.items, `${prefix}${name}[].`);
    return [prefix + name];
  });
}

const schema = JSON.parse(readFileSync(join(root, "packages/lab/lab.schema.json"), "utf8")) as Schema;
const page = readFileSync(join(root, "docs/how-to/change-a-lab.md"), "utf8");
const rows = [...page.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, cell = ""]) => cell.replaceAll("`", "").split(", "));

test("every key has a row, or is below one that has", () => {
  const missing = keysOf(schema).filter((key) => !rows.some((row) => key === row || key.startsWith(`${row}[]`)));
  assert.equal(missing, []);
});

test("no row is of a key that is none, or of one twice", () => {
  const all = keysOf(schema);
  assert.equal(
    rows.filter((row) => !all.some((key) => key === row || key.startsWith(`${row}[]`))),
    [],
  );
  assert.equal(
    rows.filter((row, index) => rows.indexOf(row) !== index),
    [],
  );
});

test.run();
