import type { Action, ActionKind } from "@k3s-lab/steps";

/** Something to change on the host. */
export interface HostChange {
  /** Whether it has to be changed. */
  readonly when: boolean;
  readonly kind: ActionKind;
  /** What a plan calls it, after "host: ". */
  readonly sentence: string;
  run(): Promise<void>;
}

/** Makes the actions of those changes that are needed, in their order. */
export function hostActions(changes: readonly HostChange[]): readonly Action[] {
  return changes
    .filter(({ when }) => when)
    .map(({ kind, sentence, run }) => ({ on: "host", kind, sentence: `host: ${sentence}`, run }));
}
