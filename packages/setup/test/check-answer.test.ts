import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  checkAgentCount,
  checkAgentNames,
  checkCpus,
  checkMemory,
  checkName,
  checkServerName,
  checkVersion,
  splitNames,
} from "../src/index.js";

const test = suite("setup check-answer");

test("what lab.yaml takes is taken", () => {
  assert.is(checkName("my-lab"), undefined);
  assert.is(checkServerName("multi"), undefined);
  assert.is(checkVersion("v1.33.1+k3s1"), undefined);
  assert.is(checkMemory("512"), undefined);
  assert.is(checkCpus(" 2 "), undefined);
  for (const count of ["0", "2", "99"]) assert.is(checkAgentCount(count), undefined);
  assert.is(checkAgentNames("a, b c", "multi", 3), undefined);
});

test("what it does not take is refused in its own words, without the key", () => {
  assert.is(checkName("My Lab"), 'must be a DNS label: lower-case letters, digits and -, at most 63, seen "My Lab"');
  assert.match(checkServerName("10") ?? "", /^must have a letter/);
  assert.match(checkServerName("localhost") ?? "", /^must not be a name that every host has/);
  assert.match(checkVersion("latest") ?? "", /^must be a K3s version such as v1/);
  assert.match(checkMemory("511") ?? "", /^must be at least 512 megabytes/);
  assert.match(checkCpus("65") ?? "", /^must be from 1 to 64/);
});

test("a number of agents is a whole number up to 99", () => {
  for (const count of ["-1", "1.5", "two", "", "1e3"])
    assert.match(checkAgentCount(count) ?? "", /^expected a whole number/, count);
  assert.is(checkAgentCount("100"), "must be from 0 to 99, seen 100");
});

test("agents' names are as many as asked for, each its own", () => {
  assert.is(checkAgentNames("a", "multi", 2), "expected 2 names, seen 1");
  assert.is(checkAgentNames("a, multi", "multi", 2), "multi is the server's name");
  assert.is(checkAgentNames("a a", "multi", 2), "a is there twice");
  assert.is(checkAgentNames("A", "multi", 1), "A: must be a DNS label: lower-case letters, digits and -, at most 63");
  assert.equal(splitNames(" a,b ,  c"), ["a", "b", "c"]);
});

test.run();
