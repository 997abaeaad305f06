import { suite } from "uvu";
import * as assert from "uvu/assert";
import { deedOf } from "../src/deed.js";

const test = suite("steps deed");

test("what an action does is told without what it is about", () => {
  assert.is(deedOf({ sentence: "agent1: start", on: "agent1" }), "start");
  assert.is(deedOf({ sentence: "agent10: start", on: "agent1" }), "agent10: start");
  assert.is(deedOf({ sentence: "write /w/.lab/kubeconfig", on: "host" }), "write /w/.lab/kubeconfig");
});

test.run();
