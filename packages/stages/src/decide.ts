import type { Lab } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import type { Facts, Step } from "@k3s-lab/steps";
import type { Decision, Remains, Stage, Values } from "./stage.js";

export type Deciding = Pick<Decision, "lab" | "facts" | "mayAsk" | "note" | "assume">;

/** What each stage of a chain should be, in order. Changes nothing. */
export async function decideAll(chain: readonly Stage[], deciding: Deciding): Promise<Values> {
  const remains = await remainsOf(chain, deciding.lab, deciding.facts);
  let values: Values = {};
  for (const stage of chain) values = { ...values, [stage.key]: await decideStage(stage, values, remains, deciding) };
  return values;
}

export async function decideStage(
  { record, decide }: Stage,
  upstream: Values,
  remains: Remains,
  deciding: Deciding,
): Promise<object> {
  return decide({ ...deciding, upstream, remains, recorded: deciding.lab.state.read(record) });
}

/** What the stages have recorded, by their keys; absent where `lab:up` has not come as far. */
export function recordedIn(chain: readonly Stage[], { state }: Pick<Lab, "state">): Partial<Values> {
  return Object.fromEntries(
    chain.flatMap(({ key, record }) => (state.read(record) === undefined ? [] : [[key, state.expect(record)]])),
  );
}

/** What the stages before this one have recorded. */
export function recordedBefore(chain: readonly Stage[], name: string, { state }: Lab): Values {
  const before = chain.slice(0, indexOf(chain, name));
  return Object.fromEntries(before.map(({ key, record }) => [key, state.expect(record)]));
}

/** The steps of one stage of a chain, with what the stages behind it contribute. */
export function stepsOf(chain: readonly Stage[], name: string, lab: Lab, values: Values): readonly Step[] {
  const parts = contributorsTo(chain, name).flatMap((later) => later.contributes?.parts(lab, values) ?? []);
  const contributed = { files: parts.flatMap(({ files }) => files), images: parts.flatMap(({ images }) => images) };
  return chain[indexOf(chain, name)]?.steps({ lab, values, contributed }) ?? [];
}

/** The stages that contribute to this one. */
export function contributorsTo(chain: readonly Stage[], name: string): readonly Stage[] {
  return chain.filter(({ contributes }) => contributes?.to === name);
}

/** Of a lab whose records are whole nothing has to be looked for. */
export async function remainsOf(chain: readonly Stage[], lab: Lab, facts: Facts): Promise<Remains> {
  if (isWhole(chain, lab)) return {};
  const found = await Promise.all(chain.map((stage) => stage.remains?.(lab, facts) ?? {}));
  return Object.assign({}, ...found) as Remains;
}

/** Whether every stage has a record that can be read. */
export function isWhole(chain: readonly Stage[], { state }: Pick<Lab, "state">): boolean {
  return chain.every(({ record }) => state.read(record) !== undefined);
}

export function indexOf(chain: readonly Stage[], name: string): number {
  const at = chain.findIndex((stage) => stage.name === name);
  if (at !== -1) return at;
  const names = chain.map((stage) => stage.name).join(", ");
  throw new Problem("LAB-RUN-003", name, `is no stage, expected one of ${names}`);
}
