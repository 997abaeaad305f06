// Up, plan, down, status and doctor walk one list: a stage that is taken off it is missed by all five.
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { surveyLab } from "@k3s-lab/doctor";
import { openLab } from "@k3s-lab/lab";
import { exitCode } from "@k3s-lab/problem";
import { planLab, removeLab, runStage, type Stage } from "@k3s-lab/stages";
import { Facts } from "@k3s-lab/steps";
import { isRoot, rootOnly } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { chain } from "../src/chain.js";
import { lookAtLab } from "../src/show-lab.js";

const test = suite("scripts chain, walked");
const realTest = rootOnly("scripts chain, walked", test);

/** A lab of which everything is recorded and nothing was made: it is planned, and never brought up. */
const dir = realpathSync(mkdtempSync(join(tmpdir(), "k3s-lab-chain-")));
const file = join(dir, "lab.yaml");
// Of a source that must be asked, a plan does not know which it will be; a record does.
writeFileSync(file, "cluster: { source: modules }\n");
const lab = await openLab(file);
const values = isRoot ? (await planLab(chain, lab)).values : {};

test.before.each(() => {
  for (const { key, record } of chain) lab.state.write(record, values[key] ?? {});
});
test.after(() => rmSync(dir, { recursive: true, force: true }));

/** Which stages a command knows of, by their names. */
const walks: Readonly<Record<string, (stages: readonly Stage[]) => Promise<Readonly<Record<string, boolean>>>>> = {
  plan: async (stages) => {
    const plan = await planLab(stages, lab);
    return Object.fromEntries(plan.stages.map(({ stage, actions }) => [stage, actions.length > 0]));
  },
  // What turbo starts of a stage that the list does not have is refused before anything is looked at.
  up: async (stages) => {
    const removed = chain.filter((stage) => !stages.includes(stage)).map(({ name }) => name);
    for (const name of removed) assert.is(await exitCodeOf(stages, name), exitCode.usage);
    return Object.fromEntries(chain.map(({ name }) => [name, !removed.includes(name)]));
  },
  down: async (stages) => {
    const seen: Record<string, boolean> = {};
    await removeLab(stages, lab, ({ stage }) => void (seen[stage] = true), new Facts());
    return seen;
  },
  status: async (stages) => {
    const status = await lookAtLab(stages, lab, new Facts());
    return {
      "host-network": status?.network !== undefined,
      machines: status?.nodes.some(({ machine }) => machine === "absent") === true,
      cluster: status !== undefined,
      registry: status?.registry !== undefined,
    };
  },
  doctor: async (stages) => {
    const survey = await surveyLab(stages, lab, { signal: new AbortController().signal, probes: false });
    return {
      "host-network": survey.network !== undefined,
      machines: survey.machines !== undefined,
      cluster: survey.cluster !== undefined,
      registry: survey.registry !== undefined,
    };
  },
};

async function exitCodeOf(stages: readonly Stage[], name: string): Promise<number | string | undefined> {
  const before = process.env.K3S_LAB_CONFIG;
  process.env.K3S_LAB_CONFIG = file;
  try {
    await runStage(stages, name, "up");
    return process.exitCode;
  } finally {
    process.exitCode = 0;
    if (before === undefined) delete process.env.K3S_LAB_CONFIG;
    else process.env.K3S_LAB_CONFIG = before;
  }
}

for (const [command, walk] of Object.entries(walks)) {
  realTest(`${command} knows every stage of the list`, async () => {
    const seen = await walk(chain);
    for (const { name } of chain) assert.is(seen[name], true, name);
  });

  for (const { name } of chain) {
    realTest(`${command} misses ${name} where the list does`, async () => {
      const shorter = chain.filter((stage) => stage.name !== name);
      // A stage that needs what another decides cannot go on without: that is a way of missing it.
      const seen = await walk(shorter).catch((error: unknown) => ({ [name]: false, because: error }));
      assert.not.ok((seen as Readonly<Record<string, unknown>>)[name]);
    });
  }
}

test.run();
