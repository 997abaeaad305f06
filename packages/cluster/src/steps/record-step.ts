import { isDeepStrictEqual } from "node:util";
import type { Lab, StateFile } from "@k3s-lab/lab";
import { type Step, step } from "@k3s-lab/steps";

interface Recording<Value extends object> {
  readonly id: string;
  readonly title: string;
  readonly record: StateFile<Value>;
  readonly value: Value;
  /** What needs no record. Default: nothing. */
  readonly unrecorded?: Value;
  readonly sentence: string;
}

/** Records what nodes are about to get of this shell, so that another shell's later restarts nothing. */
export function recordStep<Value extends object>(
  { state }: Pick<Lab, "state">,
  { id, title, record, value, unrecorded, sentence }: Recording<Value>,
): Step {
  return step<{ readonly isRecorded: boolean; readonly isNew: boolean }>({
    id,
    title,
    observe: async () => {
      const recorded = state.read(record);
      return { isRecorded: isDeepStrictEqual(recorded ?? unrecorded, value), isNew: recorded === undefined };
    },
    plan: ({ isRecorded, isNew }) =>
      isRecorded
        ? []
        : [
            {
              on: "cluster",
              kind: isNew ? "make" : "change",
              sentence,
              keepsFacts: true,
              run: async () => state.write(record, value),
            },
          ],
  });
}
