import { wishesToHold } from "../../src/steps/hold-sysctls.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines prepare host");

const wishes = { "fs.limit": { atLeast: 100 }, "kernel.panic": { asFound: true } } as const;
const values = { "fs.limit": "100", "kernel.panic": "1" };

test("what is not held is to be held, also where its value will do", () => {
  assert.equal(wishesToHold(wishes, { held: {}, values }), wishes);
});

test("what is held is left alone, unless it has sunk", () => {
  assert.equal(wishesToHold(wishes, { held: values, values }), {});
  const sunk = { ...values, "fs.limit": "99" };
  assert.equal(wishesToHold(wishes, { held: sunk, values: sunk }), { "fs.limit": { atLeast: 100 } });
});

test("a sysctl that the kernel lacks is no need", () => {
  assert.equal(wishesToHold(wishes, { held: {}, values: { ...values, "kernel.panic": undefined } }), {
    "fs.limit": { atLeast: 100 },
  });
});

test.run();
