import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { clusterStage } from "@k3s-lab/cluster";
import { hostNetworkStage } from "@k3s-lab/host-network";
import { openLab } from "@k3s-lab/lab";
import { machinesStage } from "@k3s-lab/machines";
import { registryStage } from "@k3s-lab/registry";
import { examine } from "../../src/examine.js";
import { rules } from "../../src/rules/index.js";
import { surveyLab } from "../../src/survey/survey-lab.js";

const test = suite("survey of a lab");
const chain = [hostNetworkStage, machinesStage, clusterStage, registryStage];
const dir = mkdtempSync(join(tmpdir(), "k3s-lab-survey-"));
const lab = await openLab(join(dir, "lab.yaml"));
test.after(() => rmSync(dir, { recursive: true, force: true }));

/** The rules that were left out of the survey of a lab that does not exist yet, with the reason. */
async function unchecked(stages: typeof chain): Promise<readonly string[]> {
  const survey = await surveyLab(stages, lab, { signal: new AbortController().signal, probes: false });
  // Telepresence is no stage.
  const { telepresence: _, ...unseen } = survey.unseen;
  return examine({ ...survey, unseen }, rules).unchecked.map(({ rule, why }) => `${rule} ${why}`);
}

test("before the first lab:up nothing is missing", async () => {
  assert.equal(await unchecked(chain), []);
});

test("the rules about a stage that the chain does not have are reported as not checked", async () => {
  const without = (name: string) => unchecked(chain.filter((stage) => stage.name !== name));
  assert.equal(await without("registry"), ["R24 no stage registry", "R29 no stage registry"]);
  assert.equal(
    await without("cluster"),
    ["R9", "R28", "R30", "R35"].map((rule) => `${rule} no stage cluster`),
  );
  assert.ok((await without("machines")).includes("R27 no stage machines"));
  const alone = await without("host-network");
  for (const rule of ["R17", "R27"]) assert.ok(alone.includes(`${rule} no stage host-network`), alone.join());
});

test.run();
