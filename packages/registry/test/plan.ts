import { Problem } from "@k3s-lab/problem";
import { type Action, type ActionContext, Facts, type Step, type Work } from "@k3s-lab/steps";

/** What a step would do now, looked at afresh; throws the Problem of a step that cannot be made true. */
export async function actionsOf(step: Step): Promise<readonly Action[]> {
  const planned = step.plan(await step.observe(new Facts()));
  if (planned instanceof Problem) throw planned;
  return planned;
}

/** What an action is given that is run alone. */
export function contextWith({ progress = () => {}, signal }: Partial<Work> = {}): ActionContext {
  const facts = new Facts(signal);
  return { signal: facts.signal, facts, progress, note: () => {} };
}
