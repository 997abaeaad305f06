export type { Driver, FileOptions, MachineState } from "./driver.js";
export type { Machine, Machines } from "./machine.js";
