import { cableState } from "../../../src/drivers/lxc/cable.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines lxc cable");

test("a link that is not there is gone", () => {
  assert.is(cableState("k3l-none", "lab0"), "gone");
});

test.run();
