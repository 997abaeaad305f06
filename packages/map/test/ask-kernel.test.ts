import { parseCidr } from "@k3s-lab/ip";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseRouteAnswer, routeQuestion, unservedAddress } from "../src/ask-kernel.js";

const test = suite("map: what the kernel answers");

test("a question of the host's own, and one of a node by the bridge", () => {
  assert.is(routeQuestion({ to: "10.43.0.10" }).join(" "), "-4 -json route get 10.43.0.10");
  const from = { address: "10.76.0.10", link: "k3slab-a1b2c3" };
  assert.is(
    routeQuestion({ to: "10.43.0.10", from }).join(" "),
    "-4 -json route get 10.43.0.10 from 10.76.0.10 iif k3slab-a1b2c3",
  );
});

test("a route, with and without a gateway", () => {
  const stdout = '[{"dst":"1.1.1.1","gateway":"192.0.2.1","dev":"eth0","prefsrc":"192.0.2.2","flags":[],"uid":0}]';
  assert.equal(parseRouteAnswer({ stdout, stderr: "" }), { kind: "by", dev: "eth0", gateway: "192.0.2.1" });
  const direct = '[{"dst":"10.43.0.1","dev":"tel0","flags":[]}]';
  assert.equal(parseRouteAnswer({ stdout: direct, stderr: "" }), { kind: "by", dev: "tel0", gateway: undefined });
});

test("what refuses is told from what could not be asked", () => {
  const of = (stderr: string) => parseRouteAnswer({ stdout: "", stderr });
  assert.equal(of("RTNETLINK answers: No route to host\n"), { kind: "refused", why: "no route to host" });
  assert.is(of("RTNETLINK answers: Network is unreachable").kind, "refused");
  assert.equal(of('Cannot find device "k3slab-a1b2c3"\n'), {
    kind: "unknown",
    why: 'Cannot find device "k3slab-a1b2c3"',
  });
  assert.is(parseRouteAnswer({ stdout: "[]", stderr: "" }).kind, "unknown");
});

test("the unserved address is in the lower band of the services, whatever their size", () => {
  assert.is(unservedAddress(parseCidr("10.43.0.0/16")), "10.43.1.0");
  assert.is(unservedAddress(parseCidr("10.43.0.0/28")), "10.43.0.14");
});

test.run();
