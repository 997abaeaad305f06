// Actions of a plan, as plain data.
import type { ActionKind, PlannedAction } from "@k3s-lab/steps";

type Effects = Partial<Pick<PlannedAction, "provided" | "interrupts" | "destroys">>;

export function planned(on: string, kind: ActionKind, sentence: string, effects: Effects = {}): PlannedAction {
  return { step: "step", on, kind, sentence, provided: undefined, ...effects };
}
