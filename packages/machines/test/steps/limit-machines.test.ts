import { carryOut, sentencesOf } from "@k3s-lab/steps";
import type { Limits } from "../../src/limits.js";
import { Fleet } from "../../src/steps/fleet.js";
import { limitMachinesStep } from "../../src/steps/limit-machines.js";
import { makeMachinesStep } from "../../src/steps/make-machines.js";
import { agent1, multi, wanted } from "../sample.js";
import { fakeDriver, type FakeMachine } from "./fake-driver.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines limit-machines");

/** Machines that stand still, so that nothing need be asked of them, and their limits. */
function fleetWith(machines: Record<string, FakeMachine>, limited: Record<string, Limits>, asked: Limits) {
  const driver = {
    ...fakeDriver(machines),
    isLimited: async ({ name, memory, cpus }: Limits & { readonly name: string }) =>
      limited[name]?.memory === memory && limited[name]?.cpus === cpus,
    limit: async ({ name, memory, cpus }: Limits & { readonly name: string }) => {
      limited[name] = { ...(memory && { memory }), ...(cpus && { cpus }) };
    },
  };
  return new Fleet({ ...wanted, machines: [multi, { ...agent1, ...asked }] }, driver);
}

test("a machine with other limits gets those of lab.yaml, and is not stopped", async () => {
  const limited: Record<string, Limits> = {};
  const fleet = fleetWith({ multi: { state: "stopped" }, agent1: { state: "stopped" } }, limited, {
    memory: 2048,
    cpus: 1,
  });
  const steps = [makeMachinesStep(fleet), limitMachinesStep(fleet)];
  assert.equal(await sentencesOf(steps), ["agent1: limit it to 2048 MB of memory and 1 processor"]);
  await carryOut(steps, { stage: "machines", report: () => {} });
  assert.equal(limited, { agent1: { memory: 2048, cpus: 1 } });
  assert.equal(await sentencesOf(steps), []);
});

test("a limit that lab.yaml names no longer is taken back", async () => {
  const fleet = fleetWith({ multi: { state: "stopped" }, agent1: { state: "stopped" } }, { agent1: { cpus: 2 } }, {});
  assert.equal(await sentencesOf([limitMachinesStep(fleet)]), ["agent1: limit it to all that the host has"]);
});

test("a machine that is made, or made again for another change, gets its limits by that", async () => {
  const fleet = fleetWith(
    { multi: { state: "stopped", fitness: "outdated" } },
    { multi: { cpus: 9 } },
    { memory: 1024 },
  );
  assert.equal(await sentencesOf([limitMachinesStep(fleet)]), []);
  const [, made] = await sentencesOf([makeMachinesStep(fleet)]);
  assert.is(made, "agent1: make a machine with address 10.76.0.11, 1024 MB of memory");
});

test.run();
