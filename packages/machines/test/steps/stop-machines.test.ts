import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLab } from "@k3s-lab/lab";
import { carryOut, sentencesOf } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { machinesRecord } from "../../src/record.js";
import { stopMachines } from "../../src/steps/stop-machines.js";
import { wanted } from "../sample.js";
import { fakeDriver } from "./fake-driver.js";

const test = suite<{ dir: string }>("stopping machines");

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-stop-"));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

test("those that run are stopped, and none other; once they are, nothing is to be done", async ({ dir }) => {
  const lab = await openLab(join(dir, "lab.yaml"));
  lab.state.write(machinesRecord, wanted);
  const driver = fakeDriver({ multi: { state: "running" }, agent1: { state: "stopped" }, other: { state: "running" } });
  assert.equal(await sentencesOf(stopMachines(lab, driver)), ["multi: stop the machine"]);
  await carryOut(stopMachines(lab, driver), { stage: "machines", report: () => {} });
  assert.equal(driver.did, ["stop multi"]);
  assert.equal(await sentencesOf(stopMachines(lab, driver)), []);
});

test("a machine that goes on running is a failure", async ({ dir }) => {
  const lab = await openLab(join(dir, "lab.yaml"));
  lab.state.write(machinesRecord, wanted);
  const driver = { ...fakeDriver({ multi: { state: "running" }, agent1: { state: "stopped" } }), stop: async () => {} };
  const stopping = carryOut(stopMachines(lab, driver), { stage: "machines", report: () => {} });
  assert.match(String(await stopping.catch(String)), /Stop machines: was carried out, but .*: multi: stop the machine/);
});

test.run();
