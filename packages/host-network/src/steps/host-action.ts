import type { Action } from "@k3s-lab/steps";
import type { HostView } from "../host-view.js";

/** A change of the host; whether it succeeds or not, what was seen before is out of date then. */
export function hostAction(view: Pick<HostView, "forget">, sentence: string, change: () => Promise<void>): Action {
  return { sentence: `host: ${sentence}`, run: () => change().finally(() => view.forget()) };
}
