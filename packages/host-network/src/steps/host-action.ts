import type { Action } from "@k3s-lab/steps";

/** Makes an action that changes the host. */
export function hostAction(sentence: string, change: () => Promise<void>): Action {
  return { sentence: `host: ${sentence}`, run: change };
}
