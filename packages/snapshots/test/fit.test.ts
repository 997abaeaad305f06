import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseCidr } from "@k3s-lab/ip";
import { isMoved, refuseTaken } from "../src/fit.js";
import { disksIn } from "../src/manifest.js";

const test = suite("snapshots: fit");

const agent = { name: "agent1", role: "agent", address: "10.76.0.30" } as const;
const multi = { name: "multi", role: "server", address: "10.76.0.10" } as const;
const servers = [
  multi,
  { ...multi, name: "server2", address: "10.76.0.11" },
  { ...multi, name: "server3", address: "10.76.0.12" },
];

test("several servers are moved where one of them gets another address; an only one may get any", () => {
  const here = Object.fromEntries([...servers, agent].map(({ name, address }) => [name, address]));
  const snapshot = { nodes: [...servers, agent] };
  assert.is(isMoved(snapshot, here), false);
  assert.is(isMoved(snapshot, { ...here, agent1: "10.77.0.30" }), false, "an agent has no store");
  assert.is(isMoved(snapshot, { ...here, server2: "10.77.0.11" }), true);
  assert.is(isMoved({ nodes: [multi, agent] }, { multi: "10.77.0.10" }), false);
});

test("a network that another lab has is refused by that lab, and one that the host has a route into by that", () => {
  const cidr = (text: string) => parseCidr(text) ?? assert.unreachable(text);
  const snapshot = { name: "kept", podCidr: cidr("10.42.0.0/16"), serviceCidr: cidr("10.43.0.0/16") };
  const route = { cidr: cidr("10.42.0.0/16"), what: "the host's route 10.42.0.0/16 (tun0)", vif: true };
  const other = { ...route, what: "the networks of lab one in /home/ann/one", vif: false, isReserved: true } as const;
  assert.throws(
    () => refuseTaken(snapshot, [other, route], undefined),
    /^kept: its pod CIDR 10.42.0.0\/16 overlaps the networks of lab one in \/home\/ann\/one. Restore it in the folder/,
  );
  assert.throws(() => refuseTaken(snapshot, [route], undefined), /overlaps the host's route .* Remove that route/);
  refuseTaken(snapshot, [route], snapshot);
  refuseTaken(snapshot, [{ ...other, cidr: cidr("10.44.0.0/16") }], undefined);
});

test("the registry's folder of several servers is one more disk", () => {
  assert.equal(disksIn([...servers, agent]), ["multi", "server2", "server3", "agent1", "_registry"]);
  assert.equal(disksIn([multi, agent]), ["multi", "agent1"]);
});

test.run();
