import { type Step, step } from "@k3s-lab/steps";
import type { HostView } from "../host-view.js";
import { ipCommands } from "../ip-commands.js";
import { shimOf } from "../names.js";

/** Where the host has got a bridge since: the shim's routes to the nodes would lead past it. */
export function removeShimStep(lab: string, view: HostView): Step {
  const shim = shimOf(lab);
  return step<boolean>({
    title: "Remove shim",
    observe: async () => (await view.host()).links.some(({ name }) => name === shim),
    plan: (isThere) =>
      isThere ? [{ sentence: `host: remove ${shim}`, run: () => ipCommands([`link delete dev ${shim}`], view) }] : [],
  });
}
