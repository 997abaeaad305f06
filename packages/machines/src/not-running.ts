import { Problem } from "@k3s-lab/problem";
import type { MachineState } from "./driver.js";

/** A machine was to be entered that stands still or is not there. */
export class NotRunning extends Problem {
  override readonly name: string = "NotRunning";
  readonly state: MachineState;

  constructor(machine: string, state: MachineState) {
    super("LAB-MCH-008", machine, `is ${state}, expected to be running`, { remedy: "Run `npm run lab:up`." });
    this.state = state;
  }
}
