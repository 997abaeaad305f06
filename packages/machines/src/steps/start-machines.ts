import { type Step, step } from "@k3s-lab/steps";
import { type Fleet, type MachineSeen, willStart } from "./fleet.js";
import { reachRouter } from "./reach-router.js";

export function startMachinesStep(fleet: Fleet): Step {
  return step<readonly MachineSeen[]>({
    id: "start-machines",
    title: "Start machines",
    parallel: true,
    observe: (facts) => fleet.seeAll(facts),
    plan: (seen) =>
      seen.filter(willStart).map(({ machine }) => ({
        on: machine.name,
        kind: "restart",
        sentence: `${machine.name}: start`,
        run: async ({ signal }) => {
          await fleet.driver.start(machine.name, signal);
          await reachRouter(fleet, machine, signal);
        },
      })),
  });
}
