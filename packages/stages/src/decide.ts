import type { Lab } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import type { Step } from "@k3s-lab/steps";
import type { Decision, Remains, Stage, Values } from "./stage.js";

export type Deciding = Pick<Decision, "lab" | "facts" | "mayAsk" | "mayAskAgain" | "note" | "assume">;

/** Decides what each stage of a chain should be, in order. Changes nothing. */
export async function decideAll(chain: readonly Stage[], deciding: Deciding): Promise<Values> {
  const values: Record<string, object> = {};
  for (const stage of chain) values[stage.key] = await decideStage(chain, stage, { ...values }, deciding);
  return values;
}

/** Decides what one stage should be, from what the stages before it should be and from what it was. */
export async function decideStage(
  chain: readonly Stage[],
  stage: Stage,
  upstream: Values,
  deciding: Deciding,
): Promise<object> {
  const { lab, note } = deciding;
  const recorded = lab.state.read(stage.record);
  if (lab.state.isDamaged(stage.record)) {
    note(`${lab.state.path(stage.record.file)} is damaged; it is made again from what exists`);
  }
  const remains = isLost(chain, stage, lab) ? await remainsOf(chain, deciding) : {};
  return stage.decide({ ...deciding, upstream, recorded, remains });
}

/**
 * Whether a stage's record was lost, not just never made: its file is damaged, or something shows that the lab had come
 * further. A lab that is made for the first time need not be searched for what remains of it.
 */
export function isLost(chain: readonly Stage[], stage: Stage, { state }: Lab): boolean {
  if (state.exists(stage.record.file)) return state.isDamaged(stage.record);
  const recorded = chain.findLastIndex(({ record }) => state.exists(record.file));
  return recorded > chain.indexOf(stage) || (recorded === -1 && state.exists("secrets"));
}

/** Asks every stage what it still knows of the lab; what a later stage knows counts more. */
function remainsOf(chain: readonly Stage[], { lab, facts }: Deciding): Promise<Remains> {
  return facts.get("what remains of the lab", async () => {
    const found = await Promise.all(chain.map((stage) => stage.remains?.(lab, facts)));
    const known = found.flatMap((each) => Object.entries(each ?? {})).filter(([, value]) => value !== undefined);
    return Object.fromEntries(known) as Remains;
  });
}

/** Reads what the stages have recorded, by their keys; absent where `lab:up` has not come as far. */
export function recordedIn(chain: readonly Stage[], { state }: Pick<Lab, "state">): Partial<Values> {
  return Object.fromEntries(
    chain.map(({ key, record }) => [key, state.read(record)] as const).filter(([, value]) => value !== undefined),
  );
}

/** Whether every stage has a record that can be read. */
export function isWhole(chain: readonly Stage[], lab: Pick<Lab, "state">): boolean {
  return Object.keys(recordedIn(chain, lab)).length === chain.length;
}

/** Reads what the stages before this one have recorded. Throws where one has recorded nothing. */
export function recordedBefore(chain: readonly Stage[], stage: Stage, { state }: Lab): Values {
  const before = chain.slice(0, chain.indexOf(stage));
  return Object.fromEntries(before.map(({ key, record }) => [key, state.expect(record)]));
}

/**
 * Returns the steps of one stage, with what the stages behind it contribute and take out of use before, and without those
 * that its fetch has taken by then.
 */
export async function stepsOf(
  chain: readonly Stage[],
  stage: Stage,
  { lab, values, signal }: { readonly lab: Lab; readonly values: Values; readonly signal: AbortSignal },
): Promise<readonly Step[]> {
  const asked = contributorsTo(chain, stage).map((later) => later.contributes?.parts(lab, values, signal) ?? []);
  const parts = (await Promise.all(asked)).flat();
  const contributed = {
    steps: parts.flatMap(({ steps }) => steps),
    files: parts.flatMap(({ files }) => files),
    images: parts.flatMap(({ images }) => images),
    objects: parts.flatMap(({ objects }) => objects),
  };
  const fetched = new Set(stage.fetch(lab).map(({ id }) => id));
  const leaving = chain.flatMap(({ leaves }) => (leaves?.stage === stage.name ? leaves.steps(lab) : []));
  const own = await stage.steps({ lab, values, contributed }, signal);
  return [...leaving, ...own.filter(({ id }) => !fetched.has(id))];
}

/** Returns the stages that contribute to this one. */
export function contributorsTo(chain: readonly Stage[], { name }: Stage): readonly Stage[] {
  return chain.filter(({ contributes }) => contributes?.to === name);
}

/** Finds a stage of a chain by its name. */
export function stageNamed(chain: readonly Stage[], name: string): Stage {
  const found = chain.find((stage) => stage.name === name);
  if (found) return found;
  const names = chain.map((stage) => stage.name).join(", ");
  throw new Problem("LAB-RUN-003", name, `is no stage, expected one of ${names}`);
}
