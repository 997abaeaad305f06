import { type Step, step } from "@k3s-lab/steps";
import type { Fleet, MachineSeen } from "./fleet.js";

export function startMachinesStep(fleet: Fleet): Step {
  return step<readonly MachineSeen[]>({
    id: "start-machines",
    title: "Start machines",
    parallel: true,
    observe: (facts) => fleet.seeAll(facts),
    plan: (seen) =>
      seen
        .filter(({ state }) => state !== "running")
        .map(({ machine: { name } }) => ({
          sentence: `${name}: start`,
          run: ({ signal }) => fleet.driver.start(name, signal),
        })),
  });
}
