import { type Step, step } from "@k3s-lab/steps";
import { limitWords } from "../limits.js";
import type { Machine } from "../machine.js";
import type { Fleet } from "./fleet.js";

/** Memory and processors of containers: they are changed while a machine runs. */
export function limitMachinesStep(fleet: Fleet): Step {
  const { driver } = fleet;
  return step<readonly Machine[]>({
    id: "limit-machines",
    title: "Limit machines",
    parallel: true,
    observe: async (facts) => {
      const seen = await fleet.seeAll(facts);
      // One that is made, or made again for another change, gets them by that.
      const standing = fleet.wanted.machines.filter(
        (_, index) => seen[index]?.state !== "absent" && seen[index]?.fitness !== "outdated",
      );
      const limited = await Promise.all(standing.map((machine) => driver.isLimited?.(machine) ?? true));
      return standing.filter((_, index) => !limited[index]);
    },
    plan: (machines) =>
      machines.map((machine) => ({
        on: machine.name,
        kind: "change",
        sentence: `${machine.name}: limit it to ${limitWords(machine) ?? "all that the host has"}`,
        run: async () => driver.limit?.(machine),
      })),
  });
}
