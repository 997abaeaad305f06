import { seeHost } from "../observe-host.js";
import { type Step, step } from "@k3s-lab/steps";
import { ipCommands } from "../ip-commands.js";
import { shimOf } from "../names.js";

/** Removes the shim where the host has a bridge now: the shim's routes to the nodes would lead past it. */
export function removeShimStep(lab: string): Step {
  const shim = shimOf(lab);
  return step<boolean>({
    id: "remove-shim",
    title: "Remove shim",
    observe: async (facts) => (await seeHost(facts)).links.some(({ name }) => name === shim),
    plan: (exists) =>
      exists ? [{ sentence: `host: remove ${shim}`, run: () => ipCommands([`link delete dev ${shim}`]) }] : [],
  });
}
