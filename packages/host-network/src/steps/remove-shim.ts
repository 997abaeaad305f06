import { seeHost } from "../observe-host.js";
import { linkNamed } from "@k3s-lab/ip";
import { type Step, step } from "@k3s-lab/steps";
import { ipCommands } from "../ip-commands.js";
import { shimOf } from "../names.js";
import { hostActions } from "./host-actions.js";

/** Removes the shim where the host has a bridge now: the shim's routes to the nodes would lead past it. */
export function removeShimStep(lab: string): Step {
  const shim = shimOf(lab);
  return step<boolean>({
    id: "remove-shim",
    title: "Remove shim",
    observe: async (facts) => linkNamed((await seeHost(facts)).links, shim) !== undefined,
    plan: (exists) =>
      hostActions([
        {
          when: exists,
          kind: "remove",
          sentence: `remove ${shim}`,
          run: () => ipCommands([`link delete dev ${shim}`]),
        },
      ]),
  });
}
