import { suite } from "uvu";
import * as assert from "uvu/assert";
import { nodeMac } from "../src/names.js";

const test = suite("host-network names");

test("a MAC address is a local one and stays the same for a name in a lab", () => {
  assert.match(nodeMac("0123ab", "multi"), /^02(:[0-9a-f]{2}){5}$/);
  assert.is(nodeMac("0123ab", "multi"), nodeMac("0123ab", "multi"));
  assert.is.not(nodeMac("0123ab", "multi"), nodeMac("0123ac", "multi"));
  assert.is.not(nodeMac("0123ab", "multi"), nodeMac("0123ab", "agent1"));
  assert.is.not(nodeMac("0123ab", "multi"), nodeMac("0123ab", "multi", "52:54:00:00:00:01"));
});

test.run();
