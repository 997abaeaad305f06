import { type Action, type Step, step } from "@k3s-lab/steps";
import { limitWords } from "../limits.js";
import type { Machine } from "../machine.js";
import { requireRoot } from "../require-root.js";
import type { Fleet, MachineSeen } from "./fleet.js";

/** Machines whose nodes lab.yaml does not name any more. */
export function removeUnwantedStep(fleet: Fleet): Step {
  return step<readonly string[]>({
    id: "remove-machines",
    title: "Remove machines",
    // Of virtual machines the last one takes a network along, and of two each would take itself for it.
    parallel: fleet.wanted.driver !== "vagrant",
    observe: async () => fleet.unwanted(),
    plan: (names) =>
      names.map((name) => ({
        on: name,
        kind: "remove",
        interrupts: `${name}'s pods`,
        destroys: diskOf(name),
        sentence: `${name}: remove the machine, which lab.yaml does not name any more`,
        run: async () => {
          if (fleet.wanted.driver === "lxc") requireRoot("lab:up");
          await fleet.driver.destroy(name);
        },
      })),
  });
}

/** What a machine is made with and may change. */
const changeable = {
  lxc: "mounts or connection to the LAN",
  docker: "ports, mounts or network",
  vagrant: "processors, memory or bridge",
} as const;

export function makeMachinesStep(fleet: Fleet): Step {
  return step<readonly MachineSeen[]>({
    id: "make-machines",
    title: "Make machines",
    parallel: true,
    observe: (facts) => fleet.seeAll(facts),
    plan: (seen) =>
      seen.flatMap(({ machine, state, fitness, keeps }) =>
        state === "absent"
          ? [makeAction(fleet, machine)]
          : reconfigureActions(fleet, { machine, state, fitness, keeps }),
      ),
  });
}

/** What goes without service while a machine stands still. */
function interruptedBy({ name, role }: Machine): string {
  return role === "server" ? `${name}'s pods, and the cluster's API` : `${name}'s pods`;
}

/** What is lost with a machine. */
export function diskOf(name: string): string {
  return `${name}'s disk, with the volumes and images on it`;
}

function makeAction({ driver, wanted }: Fleet, machine: Machine): Action {
  const limits = limitWords(machine);
  return {
    on: machine.name,
    kind: "make",
    sentence: `${machine.name}: make a machine with ${[`address ${machine.address}`, ...(limits === undefined ? [] : [limits])].join(", ")}`,
    run: async () => {
      if (wanted.driver === "lxc") requireRoot("lab:up");
      await driver.create(machine);
    },
  };
}

/** Changes what a machine was made with, and cannot be changed while it runs. */
export function reconfigureActions(
  { driver, wanted }: Fleet,
  { machine, state, fitness, keeps }: MachineSeen,
): readonly Action[] {
  if (state === "absent" || fitness !== "outdated") return [];
  const isRunning = state === "running";
  const change =
    keeps === undefined
      ? `change its ${changeable[wanted.driver]}`
      : `make it again from its image, with nothing of it but ${keeps.join(", ")}`;
  return [
    {
      on: machine.name,
      kind: isRunning ? "restart" : "change",
      interrupts: isRunning ? interruptedBy(machine) : undefined,
      sentence: `${machine.name}: ${isRunning ? "stop it and " : ""}${change}`,
      run: async () => {
        if (isRunning) await driver.stop(machine.name);
        await driver.configure(machine);
      },
    },
  ];
}
