import type { Lab } from "@k3s-lab/lab";
import { repairsOf, type Stage } from "@k3s-lab/stages";
import { carryOutStage, Facts, type Report, sentencesOf, type Step } from "@k3s-lab/steps";
import type { Diagnosed } from "./rule.js";
import { hostMoved } from "./rules/host-routes.js";
import type { Survey } from "./survey/survey.js";

/** Steps of a stage that repair what was found. */
export interface Repair {
  readonly stage: string;
  readonly steps: readonly Step[];
}

/**
 * Returns what is safe to do about findings, in the order of the chain: the steps of `lab:up` that each stage offers as
 * repairs, with what `lab:up` has recorded, on machines that run. No choice is made again, no machine starts or stops,
 * and K3s keeps running.
 */
export function repairsFor(
  chain: readonly Stage[],
  lab: Lab,
  { nodes = [] }: Survey,
  findings: readonly Diagnosed[],
): readonly Repair[] {
  const wanted = new Set<string | undefined>(findings.map(({ rule }) => rule.repair));
  // On a host that has moved, what was recorded is itself wrong: only lab:up can decide again.
  if (findings.some(({ rule }) => rule === hostMoved)) wanted.delete("host-network");
  const running = new Set(nodes.map(({ machine }) => machine.name));
  return chain
    .filter(({ name }) => wanted.has(name))
    .map(({ name }) => ({ stage: name, steps: repairsOf(chain, name, lab, running) }));
}

export interface RepairOptions {
  readonly report: Report;
  readonly signal: AbortSignal;
  /** Told every sentence of the plan before the first one is carried out. */
  announce(sentences: readonly string[]): void;
}

/** Carries repairs out, and resolves with the sentences of what was done. Does nothing where all is as it should be. */
export async function repair(
  repairs: readonly Repair[],
  { report, signal, announce }: RepairOptions,
): Promise<readonly string[]> {
  const facts = new Facts(signal);
  const sentences = (await Promise.all(repairs.map(({ steps }) => sentencesOf(steps, facts)))).flat();
  if (sentences.length === 0) return [];
  announce(sentences);
  for (const { stage, steps } of repairs) await carryOutStage(steps, { stage, report, facts });
  return sentences;
}
