import { existsSync } from "node:fs";
import { type Lab, LabState, type StateFile } from "@k3s-lab/lab";
import type { Facts } from "@k3s-lab/steps";
import { decideAll, isWhole, recordedIn } from "./decide.js";
import type { Stage, Values } from "./stage.js";

/**
 * Describes a lab as it is now, stage by stage, by their keys; absent is what was never made. Records that are lost are
 * taken for what `lab:up` would decide again from what remains of the lab. Changes nothing.
 */
export async function describeLab(chain: readonly Stage[], lab: Lab, facts: Facts): Promise<Partial<Values>> {
  const known = isWhole(chain, lab) || !wasUp(lab) ? lab : await restore(chain, lab, facts);
  const described = await Promise.all(
    chain.map(async ({ key, describe }) => [key, await describe(known, facts)] as const),
  );
  return Object.fromEntries(described.filter(([, description]) => description !== undefined)) as Partial<Values>;
}

/** Whether a `lab:up` has come as far as a cluster; of one that was interrupted before that, nothing is lost. */
function wasUp({ state }: Lab): boolean {
  return existsSync(state.path("kubeconfig"));
}

async function restore(chain: readonly Stage[], lab: Lab, facts: Facts): Promise<Lab> {
  const silent = { note: () => {}, assume: () => {} };
  const values = { ...(await decideAll(chain, { lab, facts, mayAsk: false, ...silent })), ...recordedIn(chain, lab) };
  return { ...lab, state: new RestoredState(lab.state.dir, chain, values) };
}

/** State whose missing records have values all the same. */
class RestoredState extends LabState {
  readonly #chain: readonly Stage[];
  readonly #values: Partial<Values>;

  constructor(dir: string, chain: readonly Stage[], values: Partial<Values>) {
    super(dir);
    this.#chain = chain;
    this.#values = values;
  }

  override read<Value extends object>(wanted: StateFile<Value>): Value | undefined {
    const stage = this.#chain.find(({ record }) => record.file === wanted.file);
    return super.read(wanted) ?? (this.#values[stage?.key ?? ""] as Value | undefined);
  }
}
