import type { Lab } from "@k3s-lab/lab";
import type { Facts } from "@k3s-lab/steps";
import type { Stage, Values } from "./stage.js";

/** Describes a lab as it is now, stage by stage, by their keys; absent is what was never made. Changes nothing. */
export async function describeLab(chain: readonly Stage[], lab: Lab, facts: Facts): Promise<Partial<Values>> {
  const described = await Promise.all(
    chain.map(async ({ key, describe }) => [key, await describe(lab, facts)] as const),
  );
  return Object.fromEntries(described.filter(([, description]) => description !== undefined)) as Partial<Values>;
}
