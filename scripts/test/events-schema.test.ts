// What --json prints fits the schema that is checked in.
import { readFileSync } from "node:fs";
import { jsonLine } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { eventsJsonSchema } from "../events-schema.js";
import { composedUp, readRecorded, recordedUp } from "../../packages/steps/test/recorded/read.js";
import { misfitsOf } from "./misfits.js";

const test = suite("scripts events-schema");

test("events.schema.json is current; `npm run schema` writes it again", () => {
  assert.is(readFileSync(new URL("../events.schema.json", import.meta.url), "utf8"), eventsJsonSchema());
});

test("what a lab:up has printed fits it", () => {
  const lines = readFileSync(recordedUp, "utf8").trim().split("\n");
  assert.match(lines.at(-1) ?? "", /^\{"event":"summary"/);
  assert.equal(misfitsOf(lines), []);
  assert.equal(misfitsOf(readRecorded(composedUp).map(({ event }) => jsonLine(event))), []);
});

test("what it does not know does not fit", () => {
  const note = { event: "note", stage: "machines", message: "hm", time: "2026-11-30T12:00:00.000Z" };
  assert.equal(misfitsOf([JSON.stringify(note)]), []);
  for (const wrong of [{ time: undefined }, { event: "gossip" }, { message: 3 }, { extra: true }]) {
    assert.is(misfitsOf([JSON.stringify({ ...note, ...wrong })]).length, 1, JSON.stringify(wrong));
  }
});

test.run();
