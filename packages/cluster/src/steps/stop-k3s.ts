import type { Lab } from "@k3s-lab/lab";
import { type Driver, type Machine, machinesRecord, NotRunning, openDriver } from "@k3s-lab/machines";
import { type Step, step } from "@k3s-lab/steps";
import { managerOf, serviceOf } from "../config/service.js";
import { k3sPaths } from "../paths.js";
import { shellArgv } from "../shell.js";
import { markNodesStep } from "./mark-nodes.js";

/** Seconds that pods have to end: within what a machine may take to shut down. */
const grace = 10;
/** Milliseconds. A service manager that has waited in vain kills K3s after 90 s. */
const stopTimeout = 120_000;

/**
 * Stops K3s on all nodes, with its pods: on the agents first, so that their last reports reach the server, which closes its store
 * when nobody writes to it any more.
 */
export function stopK3sSteps(
  lab: Pick<Lab, "id" | "config" | "state">,
  driver: Pick<Driver, "exec" | "timeoutFactor"> = openDriver(lab),
): readonly Step[] {
  const machines = lab.state.read(machinesRecord)?.machines ?? [];
  const of = (role: Machine["role"]) => machines.filter((machine) => machine.role === role);
  return [
    stopStep("stop-agents", "Stop agents", of("agent"), driver),
    markNodesStep(lab, driver.timeoutFactor),
    stopStep("stop-the-server", "Stop the server", of("server"), driver),
  ];
}

function stopStep(
  id: string,
  title: string,
  machines: readonly Machine[],
  driver: Pick<Driver, "exec" | "timeoutFactor">,
): Step {
  return step<readonly Machine[]>({
    id,
    title,
    parallel: true,
    observe: async ({ signal }) => {
      const seen = machines.map(async (machine) => ((await runsK3s(driver, machine, signal)) ? [machine] : []));
      return (await Promise.all(seen)).flat();
    },
    plan: (running) =>
      running.map((machine) => ({
        on: machine.name,
        kind: "change",
        interrupts: `${machine.name}'s pods`,
        sentence: `${machine.name}: stop K3s and its pods`,
        run: async ({ signal }) => {
          const timeout = stopTimeout * driver.timeoutFactor;
          await driver.exec(machine.name, stopArgv("stop", machine), { signal, timeout });
        },
      })),
  });
}

/** Of a machine that does not run, nothing does. */
async function runsK3s(driver: Pick<Driver, "exec">, machine: Machine, signal: AbortSignal): Promise<boolean> {
  try {
    const { stdout } = await driver.exec(machine.name, stopArgv("see", machine), { signal, answers: "any" });
    return isRunning(stdout);
  } catch (error) {
    if (error instanceof NotRunning) return false;
    throw error;
  }
}

/** Tells whether anything of K3s runs, by what `stop-k3s.sh see` prints: a service that is about to start counts. */
export function isRunning(seen: string): boolean {
  return /^service ActiveState=(?!inactive|failed)|^pod /m.test(seen);
}

function stopArgv(mode: "see" | "stop", machine: Machine): readonly string[] {
  const { name: service } = serviceOf(machine);
  const manager = managerOf(machine);
  const shell = [manager.seeScript(service), manager.stopScript(service)];
  return [...shellArgv("stop-k3s"), mode, ...shell, k3sPaths.data, String(grace)];
}
