import { type Lab, LabState } from "@k3s-lab/lab";
import type { Facts } from "@k3s-lab/steps";
import { decideAll, isLost } from "./decide.js";
import type { Stage, Values } from "./stage.js";

/**
 * Describes a lab as it is now, stage by stage, by their keys; absent is what was never made. Records that are lost are
 * taken for what `lab:up` would decide again from what remains of the lab. Changes nothing.
 */
export async function describeLab(chain: readonly Stage[], lab: Lab, facts: Facts): Promise<Partial<Values>> {
  const known = chain.some((stage) => isLost(chain, stage, lab)) ? await restore(chain, lab, facts) : lab;
  const described = await Promise.all(
    chain.map(async ({ key, describe }) => [key, await describe(known, facts)] as const),
  );
  return Object.fromEntries(described.filter(([, description]) => description !== undefined)) as Partial<Values>;
}

async function restore(chain: readonly Stage[], lab: Lab, facts: Facts): Promise<Lab> {
  const values = await decideAll(chain, { lab, facts, mayAsk: false, note: () => {}, assume: () => {} });
  const restored = Object.fromEntries(chain.map(({ key, record }) => [record.file, values[key]]));
  return { ...lab, state: new LabState(lab.state.dir, restored) };
}
