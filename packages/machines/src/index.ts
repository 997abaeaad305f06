export { decideMachines, type Network } from "./decide-machines.js";
export type { Driver, FileOptions, MachineState } from "./driver.js";
export type { Machine, Machines } from "./machine.js";
export { NotRunning } from "./not-running.js";
export { openDriver } from "./open-driver.js";
export { readMachines } from "./read-machines.js";
export { machinesSteps, mendNodesSteps } from "./steps/machines-steps.js";
export { removeMachines } from "./steps/remove-machines.js";
export { mayEnter, requireRoot, requireRootFor } from "./require-root.js";
