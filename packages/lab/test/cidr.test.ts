import { addressAt, contains, formatCidr, overlaps, parseCidr } from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("lab cidr");

test("reads a network from any address in it", () => {
  assert.is(formatCidr(parseCidr("10.42.7.1/16")), "10.42.0.0/16");
  assert.is(formatCidr(parseCidr("255.255.255.255")), "255.255.255.255/32");
  assert.is(formatCidr(parseCidr("0.0.0.0/0")), "0.0.0.0/0");
});

test("overlap is symmetric and sees containment", () => {
  const wide = parseCidr("10.42.0.0/16");
  assert.ok(overlaps(wide, parseCidr("10.42.255.0/24")));
  assert.ok(overlaps(parseCidr("10.42.255.0/24"), wide));
  assert.not(overlaps(wide, parseCidr("10.43.0.0/16")));
});

test("contains and counts addresses", () => {
  assert.ok(contains(parseCidr("192.168.1.0/24"), "192.168.1.255"));
  assert.not(contains(parseCidr("192.168.1.0/24"), "192.168.2.0"));
  assert.is(addressAt(parseCidr("10.43.0.0/16"), 10), "10.43.0.10");
});

test.run();
