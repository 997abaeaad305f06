import { carryOut, type CarryOutOptions } from "./carry-out.js";
import type { Step } from "./step.js";

/** Like carryOut(), for a stage that is nothing but these steps: reports its beginning and its end, too. */
export async function carryOutStage(steps: readonly Step[], options: CarryOutOptions): Promise<number> {
  const { stage, report } = options;
  const started = performance.now();
  let actions = 0;
  let ok = false;
  report({ event: "stage-started", stage });
  try {
    await carryOut(steps, {
      ...options,
      report(event) {
        // What a stage has done that fails is counted, too.
        if (event.event === "action-ended") actions++;
        report(event);
      },
    });
    ok = true;
    return actions;
  } finally {
    report({ event: "stage-ended", stage, ok, ms: performance.now() - started, actions });
  }
}
