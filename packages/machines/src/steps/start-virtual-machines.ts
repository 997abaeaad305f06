import { type Work, type Step, step } from "@k3s-lab/steps";
import { upGroups } from "../drivers/vagrant/commands.js";
import { limitWords } from "../limits.js";
import type { VagrantDriver } from "../drivers/vagrant/driver.js";
import { type Fleet, type MachineSeen, willStart } from "./fleet.js";
import { reachRouter } from "./reach-router.js";

/**
 * One action a machine, though Vagrant may bring up several by one command. `provided`: what making a machine depends on.
 */
export function startVirtualMachinesStep(
  fleet: Fleet,
  driver: Pick<VagrantDriver, "folder" | "up">,
  provided: string | undefined,
): Step {
  return step<readonly MachineSeen[]>({
    id: "start-machines",
    title: "Start machines",
    parallel: true,
    observe: (facts) => fleet.seeAll(facts),
    plan: (seen) => {
      const idle = seen.filter(willStart);
      const groups = upGroups(
        driver.folder.provider,
        idle.map(({ machine }) => machine.name),
      ).map((names) => ({ names, up: once((context) => driver.up(names, context)) }));
      return idle.map(({ machine, state }) => {
        const { name, address } = machine;
        const size = limitWords(machine);
        const isNew = state === "absent";
        return {
          on: name,
          kind: isNew ? "make" : "restart",
          sentence: `${name}: ${isNew ? `make a virtual machine with ${[`address ${address}`, ...(size === undefined ? [] : [size])].join(", ")}` : "start"}`,
          provided: isNew ? provided : undefined,
          run: async (context) => {
            await groups.find(({ names }) => names.includes(name))?.up(context);
            await reachRouter(fleet, machine, context.signal);
          },
        };
      });
    },
  });
}

function once(act: (context: Work) => Promise<void>): (context: Work) => Promise<void> {
  let acting: Promise<void> | undefined;
  return (context) => (acting ??= act(context));
}
