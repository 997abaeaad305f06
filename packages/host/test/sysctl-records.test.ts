import { held, isUnchanged, released, type SysctlRecord, valueToSet } from "../src/sysctl-records.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host sysctl-records");

const found = (current: string, key = "kernel.panic") => ({ scope: "host", key, current });

test("writes only what does not do", () => {
  assert.is(valueToSet("1", "1"), undefined);
  assert.is(valueToSet("1 2", "1\t2"), undefined);
  assert.is(valueToSet("1", "0"), "1");
  assert.is(valueToSet({ atLeast: 8192 }, "128"), "8192");
  assert.is(valueToSet({ atLeast: 8192 }, "10000"), undefined);
  assert.is(valueToSet({ asFound: true }, "7"), undefined);
});

test("the first holder's original stays, and the last one to let go ends it", () => {
  let records: readonly SysctlRecord[] = held([], "aaaaaa", "1", found("0"));
  records = held(records, "bbbbbb", "1", found("1"));
  assert.equal(records, [
    {
      scope: "host",
      key: "kernel.panic",
      original: "0",
      set: "1",
      holders: ["aaaaaa", "bbbbbb"],
      companions: undefined,
    },
  ]);
  const first = released(records, "aaaaaa");
  assert.equal(first.over, []);
  const last = released(first.kept, "bbbbbb");
  assert.is(last.over[0]?.original, "0");
  assert.equal(last.kept, []);
});

test("holding again changes nothing", () => {
  const once = held([], "aaaaaa", "1", found("0"));
  assert.equal(held(once, "aaaaaa", "1", found("1")), once);
});

test("lets go of some keys only", () => {
  const records = held(held([], "aaaaaa", "1", found("0")), "aaaaaa", "1", found("0", "kernel.other"));
  const { kept, over } = released(records, "aaaaaa", ["kernel.other"]);
  assert.equal([kept.map(({ key }) => key), over.map(({ key }) => key)], [["kernel.panic"], ["kernel.other"]]);
});

test("the same key in another network namespace is another sysctl", () => {
  const here = { scope: "net:[1]", key: "net.ipv4.ip_forward", current: "0" };
  const records = held(held([], "aaaaaa", "1", here), "aaaaaa", "1", { ...here, scope: "net:[2]" });
  assert.is(records.length, 2);
});

test("what another program has set since is left alone; what is only put back always is", () => {
  const set = held([], "aaaaaa", { atLeast: 10 }, found("5"))[0] as SysctlRecord;
  assert.ok(isUnchanged(set, "10"));
  assert.not(isUnchanged(set, "20"));
  const asFound = held([], "aaaaaa", { asFound: true }, found("5"))[0] as SysctlRecord;
  assert.ok(isUnchanged(asFound, "10"));
});

test.run();
