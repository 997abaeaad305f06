import { answer } from "../src/dns-message.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("testbed dns message");

function query(name: string, type = 1): Buffer {
  const labels = name.split(".").map((label) => Buffer.from([label.length, ...Buffer.from(label)]));
  const header = Buffer.from([0x12, 0x34, 0x01, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, type, 0, 1])]);
}

test("a known name has its address", () => {
  const response = answer(query("Router.lan"), { "router.lan": "192.168.77.1" });
  assert.is(response?.readUInt16BE(0), 0x1234);
  assert.is(response?.readUInt16BE(2), 0x8580);
  assert.is(response?.readUInt16BE(6), 1);
  assert.equal([...(response?.subarray(-4) ?? [])], [192, 168, 77, 1]);
});

test("an unknown name does not exist; a known one has no IPv6 address", () => {
  assert.is((answer(query("other.lan"), {})?.readUInt16BE(2) ?? 0) & 15, 3);
  const response = answer(query("router.lan", 28), { "router.lan": "192.168.77.1" });
  assert.is((response?.readUInt16BE(2) ?? 1) & 15, 0);
  assert.is(response?.readUInt16BE(6), 0);
});

test("what is no query is not answered", () => {
  assert.is(answer(Buffer.from("short"), {}), undefined);
  const response = query("router.lan");
  response[2] = 0x80;
  assert.is(answer(response, {}), undefined);
  assert.is(answer(query("router.lan").subarray(0, 20), {}), undefined);
});

test.run();
