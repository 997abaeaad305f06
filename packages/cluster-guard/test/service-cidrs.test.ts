import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { ClusterApi } from "../src/cluster-api.js";
import { checkServiceCidrs, findServiceCidrs, parseServiceCidrs, rangesIn } from "../src/service-cidrs.js";
import { node } from "./objects.js";

const test = suite("cluster-guard service CIDRs");

const complaint = (cidr: string) =>
  `Service "x" is invalid: spec.clusterIPs: Invalid value: ["192.0.2.1"]: failed to allocate IP 192.0.2.1: the provided IP (192.0.2.1) is not in the valid range. The range of valid IPs is ${cidr}`;
const api = (objects: readonly string[] | undefined, answers: Readonly<Record<string, string | undefined>> = {}) =>
  ({
    target: { connection: { server: "https://10.0.0.1:6443" } },
    serviceCidrs: async () => objects,
    complaintAbout: async (address: string, family: string) =>
      address in answers
        ? answers[address]
        : `spec.ipFamilies[0]: Invalid value: "${family}": not configured on this cluster`,
  }) as unknown as ClusterApi;

test("the cluster's own objects tell, each range once", async () => {
  const cidrs = ["10.43.0.0/16", "fd00:43::/112"];
  assert.equal(await findServiceCidrs(api([...cidrs, "10.43.0.0/16"])), cidrs);
});

test("else what the API holds against an impossible address", async () => {
  assert.equal(await findServiceCidrs(api(undefined, { "192.0.2.1": complaint("10.96.0.0/12") })), ["10.96.0.0/12"]);
  const both = { "192.0.2.1": complaint("10.96.0.0/12"), "2001:db8::1": complaint("fd00:10:96::/112") };
  assert.equal(await findServiceCidrs(api(undefined, both)), ["10.96.0.0/12", "fd00:10:96::/112"]);
  // Where services do have that address, the next one is tried.
  const odd = { "192.0.2.1": undefined, "198.51.100.1": complaint("192.0.2.0/24") };
  assert.equal(await findServiceCidrs(api([], odd)), ["192.0.2.0/24"]);
});

test("a cluster that does not tell is asked for by an option", async () => {
  const error = await findServiceCidrs(api(undefined)).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  assert.match(String(error), "--service-cidr");
  assert.equal(rangesIn("something else"), []);
});

test("an option is read strictly", () => {
  assert.equal(parseServiceCidrs("10.43.0.0/16, fd00:43::/112"), ["10.43.0.0/16", "fd00:43::/112"]);
  for (const text of ["", ",", "10.43.0.0", "10.43.0.0/33", "10.43.0.0/0", "10.43.0.0/16/1", "fd00::/129", "x/8"]) {
    assert.throws(() => parseServiceCidrs(text), /--service-cidr: expected CIDRs/, text);
  }
});

test("a range that holds a node's own address is refused", () => {
  checkServiceCidrs(["10.43.0.0/16", "fd00::/112"], [node("a"), node("b", { address: "fd00:1::1" })]);
  assert.throws(
    () => checkServiceCidrs(["10.0.0.0/8"], [node("a")]),
    /^.*a: its own address 10.76.0.10 is in the service CIDR/,
  );
  assert.throws(
    () => checkServiceCidrs(["fd00:1::/64"], [node("b", { address: "fd00:1::1" })]),
    /its own address fd00:1::1/,
  );
});

test.run();
