import { Problem } from "@k3s-lab/problem";
import type { Driver, MachineState } from "./driver.js";

/** A machine was to be entered that stands still or is not there. */
export class NotRunning extends Problem {
  override readonly name: string = "NotRunning";
  readonly state: MachineState;

  constructor(machine: string, state: MachineState) {
    super("LAB-MCH-008", machine, `is ${state}, expected to be running`, {
      remedy: `Run \`npm run lab:${state === "stopped" ? "start" : "up"}\`.`,
    });
    this.state = state;
  }
}

/** Throws NotRunning where a machine stands still, so that nothing that enters it has to say so in its own words. */
export async function requireRunning(driver: Pick<Driver, "state">, machine: string): Promise<void> {
  const state = await driver.state(machine);
  if (state !== "running") throw new NotRunning(machine, state);
}
