import { suite } from "uvu";
import * as assert from "uvu/assert";
import { whyNoUpgrade } from "../src/k3s-version.js";

const test = suite("k3s-version");

test("a patch, a build and the next minor version are upgrades", () => {
  for (const [from, to] of [
    ["v1.34.4+k3s1", "v1.34.5+k3s1"],
    ["v1.34.4+k3s9", "v1.34.4+k3s10"],
    ["v1.34.4+k3s2", "v1.34.5+k3s1"],
    ["v1.34.4+k3s1", "v1.35.0+k3s1"],
    ["v1.35.0-rc1+k3s1", "v1.35.0+k3s1"],
    ["v1.34.4+modules", "v1.34.4+modules"],
    ["v1.34.4+modules", "v1.34.4+k3s1"],
  ] as const) {
    assert.is(whyNoUpgrade(from, to), undefined, `${from} to ${to}`);
  }
});

test("an older version is refused, also an older build of the same one", () => {
  for (const [from, to] of [
    ["v1.35.2+k3s1", "v1.34.4+k3s1"],
    ["v1.34.10+k3s1", "v1.34.9+k3s1"],
    ["v1.34.4+k3s10", "v1.34.4+k3s9"],
    ["v1.35.0+k3s1", "v1.35.0-rc1+k3s1"],
    ["v1.34.5+modules", "v1.34.4+modules"],
  ] as const) {
    assert.is(whyNoUpgrade(from, to), `goes back from ${from} to ${to}`);
  }
});

test("a minor version that is skipped is refused, and another major one", () => {
  for (const to of ["v1.36.0+k3s1", "v2.0.0+k3s1"]) {
    assert.is(whyNoUpgrade("v1.34.4+k3s1", to), `skips a minor version from v1.34.4+k3s1 to ${to}`);
  }
});

test("what is no version is not judged", () => {
  assert.is(whyNoUpgrade("unknown", "v1.34.4+k3s1"), undefined);
  assert.is(whyNoUpgrade("v1.34.4+k3s1", ""), undefined);
});

test.run();
