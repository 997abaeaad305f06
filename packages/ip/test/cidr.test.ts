import { addressOf, parseCidr } from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cidr");

test("reads a network from any address in it", () => {
  assert.is(String(parseCidr("10.42.7.1/16")), "10.42.0.0/16");
  assert.is(String(parseCidr("255.255.255.255")), "255.255.255.255/32");
  assert.is(`${parseCidr("0.0.0.0/0")}`, "0.0.0.0/0");
});

test("is its text in JSON", () => {
  assert.is(JSON.stringify({ subnet: parseCidr("10.76.0.0/24") }), '{"subnet":"10.76.0.0/24"}');
});

test("overlap is symmetric and sees containment", () => {
  const wide = parseCidr("10.42.0.0/16");
  assert.ok(wide.overlaps(parseCidr("10.42.255.0/24")));
  assert.ok(parseCidr("10.42.255.0/24").overlaps(wide));
  assert.not(wide.overlaps(parseCidr("10.43.0.0/16")));
});

test("contains addresses and smaller networks, and counts addresses", () => {
  const lan = parseCidr("192.168.1.0/24");
  assert.ok(lan.contains("192.168.1.255"));
  assert.not(lan.contains("192.168.2.0"));
  assert.ok(lan.contains(parseCidr("192.168.1.128/25")));
  assert.not(lan.contains(parseCidr("192.168.0.0/16")));
  assert.is(parseCidr("10.43.0.0/16").at(10), "10.43.0.10");
  assert.is(lan.size, 256);
});

test("networks are equal by value", () => {
  assert.ok(parseCidr("10.42.7.1/16").equals(parseCidr("10.42.0.0/16")));
  assert.not(parseCidr("10.42.0.0/16").equals(parseCidr("10.42.0.0/17")));
  assert.not(parseCidr("10.42.0.0/16").equals(undefined));
});

test("takes the length of the prefix off an interface's address", () => {
  assert.is(addressOf("192.168.1.17/24"), "192.168.1.17");
  assert.is(addressOf("192.168.1.17"), "192.168.1.17");
});

test.run();
