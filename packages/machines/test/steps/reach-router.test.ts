import { parseCidr } from "@k3s-lab/ip";
import type { Lan } from "@k3s-lab/host-network";
import { carryOut, sentencesOf } from "@k3s-lab/steps";
import { Fleet } from "../../src/steps/fleet.js";
import { checkAddressesStep } from "../../src/steps/check-addresses.js";
import { reachRouterStep } from "../../src/steps/reach-router.js";
import { wanted } from "../sample.js";
import { fakeDriver, type FakeMachine } from "./fake-driver.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines on the host's LAN");

// These machines lie in memory: whoever runs the tests may make them.
const { getuid } = process;
test.before(() => void (process.getuid = () => 0));
test.after(() => {
  if (getuid) process.getuid = getuid;
});

const bridged = {
  ...wanted,
  lan: { kind: "bridge" as const, bridge: "br0", subnet: parseCidr("10.76.0.0/24"), seed: "" },
};
const knows = '[{"dst":"10.76.0.1","lladdr":"02:00:00:00:00:01"}]\nlink eth0';
const fleetOf = (machines: Record<string, FakeMachine>, on = bridged as typeof wanted) =>
  new Fleet(on, fakeDriver(machines));

test("a machine that has the router's answer needs none, one without asks", async () => {
  const machines = {
    multi: { state: "running" as const, says: knows },
    agent1: { state: "running" as const, says: "link eth0" },
  };
  assert.equal(await sentencesOf([reachRouterStep(fleetOf(machines))]), ["agent1: reach the router 10.76.0.1"]);
  assert.equal(
    await sentencesOf([reachRouterStep(fleetOf(machines, wanted))]),
    [],
    "the lab's own gateway is no question",
  );
});

test("without an answer the likely causes are named", async () => {
  const fleet = fleetOf({ multi: { state: "running", says: "link eth0" }, agent1: { state: "running", says: knows } });
  const failure = await carryOut([reachRouterStep(fleet)], { stage: "machines", report: () => {} }).catch(String);
  assert.match(String(failure), "multi: gets no ARP answer from the router 10.76.0.1 on br0");
  for (const cause of ["hypervisor", "port security", "Wi-Fi", "br_netfilter"]) assert.match(String(failure), cause);
});

test("the message names the link of the host by which the machine is on the LAN, whatever kind it is", async () => {
  const of = { hostAddress: "10.76.0.2", subnet: parseCidr("10.76.0.0/24"), seed: "" };
  const lans: readonly (readonly [string, Lan])[] = [
    ["on br0", bridged.lan],
    ["on en0", { kind: "virtualbox", interface: "en0", ...of }],
    ["by macvlan on eth0", { kind: "macvlan", parent: "eth0", shim: "s", shimMac: "02:00:00:00:00:03", ...of }],
  ];
  for (const [way, lan] of lans) {
    const machines = {
      multi: { state: "running" as const, says: "link eth0" },
      agent1: { state: "running" as const, says: knows },
    };
    const step = reachRouterStep(fleetOf(machines, { ...wanted, lan }));
    const failure = await carryOut([step], { stage: "machines", report: () => {} }).catch(String);
    assert.match(String(failure), `from the router 10.76.0.1 ${way}: its frames`);
  }
});

test("a plan tells that the LAN will be asked for machines that do not run, and asks nobody", async () => {
  const machines = { multi: { state: "running" as const, says: knows }, agent1: { state: "stopped" as const } };
  assert.equal(await sentencesOf([checkAddressesStep(fleetOf(machines))]), [
    "host: ask the LAN whether another host has 10.76.0.11",
  ]);
  assert.equal(await sentencesOf([checkAddressesStep(fleetOf(machines, wanted))]), []);
});

test.run();
