import { existsSync } from "node:fs";
import type { Lab, LabFile } from "@k3s-lab/lab";
import { type Step, step } from "@k3s-lab/steps";

/** Returns the step of lab:down that removes what a stage keeps in `.lab/`. */
export function forgetStateStep(
  id: string,
  title: string,
  { state }: Pick<Lab, "state">,
  files: readonly LabFile[],
): Step {
  return step<readonly LabFile[]>({
    id,
    title,
    observe: async () => files.filter((file) => existsSync(state.path(file))),
    plan: (there) =>
      there.map((file) => ({
        on: "host",
        kind: "remove",
        sentence: `remove ${state.path(file)}`,
        run: async () => state.remove(file),
      })),
  });
}
