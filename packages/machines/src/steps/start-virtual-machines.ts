import { type Work, type Step, step } from "@k3s-lab/steps";
import { upGroups } from "../drivers/vagrant/commands.js";
import type { VagrantDriver } from "../drivers/vagrant/driver.js";
import type { Fleet, MachineSeen } from "./fleet.js";

/** One action a machine, though Vagrant may bring up several by one command. */
export function startVirtualMachinesStep(fleet: Fleet, driver: Pick<VagrantDriver, "folder" | "up">): Step {
  return step<readonly MachineSeen[]>({
    id: "start-machines",
    title: "Start machines",
    parallel: true,
    observe: (facts) => fleet.seeAll(facts),
    plan: (seen) => {
      const idle = seen.filter(({ state }) => state !== "running");
      const groups = upGroups(
        driver.folder.provider,
        idle.map(({ machine }) => machine.name),
      ).map((names) => ({ names, up: once((context) => driver.up(names, context)) }));
      return idle.map(({ machine: { name, address }, state }) => ({
        sentence: `${name}: ${state === "absent" ? `make a virtual machine with address ${address}` : "start"}`,
        run: async (context) => {
          await groups.find(({ names }) => names.includes(name))?.up(context);
        },
      }));
    },
  });
}

function once(act: (context: Work) => Promise<void>): (context: Work) => Promise<void> {
  let acting: Promise<void> | undefined;
  return (context) => (acting ??= act(context));
}
