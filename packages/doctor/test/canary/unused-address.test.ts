import { parseCidr } from "@k3s-lab/ip";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { unusedAddress } from "../../src/canary/unused-address.js";

const test = suite("doctor canary unused address");

test("is the last of the lower band, from which Kubernetes assigns none by itself", () => {
  assert.is(unusedAddress(parseCidr("10.43.0.0/16"), ["10.43.0.1", "10.43.0.10"]), "10.43.1.0");
  assert.is(unusedAddress(parseCidr("10.96.0.0/12"), []), "10.96.1.0");
  assert.is(unusedAddress(parseCidr("10.43.0.0/20"), []), "10.43.1.0");
  assert.is(unusedAddress(parseCidr("10.43.7.0/24"), []), "10.43.7.16");
});

test("is the next lower one where a service has it", () => {
  assert.is(unusedAddress(parseCidr("10.43.0.0/16"), ["10.43.1.0", "10.43.0.255"]), "10.43.0.254");
});

test("is neither the network's own nor its broadcast address", () => {
  assert.is(unusedAddress(parseCidr("10.43.0.0/28"), []), "10.43.0.14");
  const all = Array.from({ length: 14 }, (_, index) => `10.43.0.${index + 1}`);
  assert.throws(() => unusedAddress(parseCidr("10.43.0.0/28"), all), /^cluster: has no unused service address/);
});

test.run();
