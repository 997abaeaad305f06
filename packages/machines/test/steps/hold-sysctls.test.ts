import { sysctlsToHold } from "../../src/steps/hold-sysctls.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines prepare host");

const desired = { "fs.limit": { atLeast: 100 }, "kernel.panic": { asFound: true } } as const;
const values = { "fs.limit": "100", "kernel.panic": "1" };

test("what is not held is to be held, also where its value will do", () => {
  assert.equal(sysctlsToHold(desired, { held: {}, values }), desired);
});

test("what is held is left alone, unless it has sunk", () => {
  assert.equal(sysctlsToHold(desired, { held: values, values }), {});
  const sunk = { ...values, "fs.limit": "99" };
  assert.equal(sysctlsToHold(desired, { held: sunk, values: sunk }), { "fs.limit": { atLeast: 100 } });
});

test("a sysctl that the kernel lacks is no need", () => {
  assert.equal(sysctlsToHold(desired, { held: {}, values: { ...values, "kernel.panic": undefined } }), {
    "fs.limit": { atLeast: 100 },
  });
});

test.run();
