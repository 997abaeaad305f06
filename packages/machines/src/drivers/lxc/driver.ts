import type { HostedDriver } from "../../driver.js";
import type { Machines } from "../../machine.js";
import { networkUnit, nodeFiles } from "../../node-files.js";
import { rootfsPath } from "../../rootfs/path.js";
import { copyIn, exec, passThrough, write } from "./attach.js";
import { configureMachine, createMachine } from "./create.js";
import { destroyMachine } from "./destroy.js";
import { fitness, plugMachine } from "./fitness.js";
import { machinesThere } from "./left-over.js";
import { startMachine, stopMachine, waitUntilReady } from "./start.js";
import { machineState, madeOn } from "./state.js";

/** `wanted` is asked only when a machine is made; all else goes by the lab's id and the machine's name. */
export function lxcDriver(labId: string, wanted: () => Machines): HostedDriver {
  return {
    timeoutFactor: 1,
    state: (name) => machineState(labId, name),
    async create(machine) {
      await destroyMachine(labId, machine.name);
      createMachine(labId, machine, wanted(), rootfsPath());
    },
    start: (name, signal) => startMachine(labId, name, signal),
    stop: (name) => stopMachine(labId, name),
    destroy: (name) => destroyMachine(labId, name),
    exec: (name, argv, options) => exec(labId, name, argv, options),
    passThrough: (name, argv) => passThrough(labId, name, argv),
    write: (name, path, content, options) => write(labId, name, path, content, options),
    names: () => machinesThere(labId),
    isMade: (name) => madeOn(labId, name) !== undefined,
    fitness: (machine, isRunning) => fitness(labId, machine, wanted(), isRunning),
    plug: (name) => plugMachine(labId, name, wanted().lan),
    configure: (machine) => configureMachine(labId, machine, wanted(), madeOn(labId, machine.name) ?? rootfsPath()),
    ready: (name, signal) => waitUntilReady(labId, name, signal),
    files: (machine) => nodeFiles(labId, machine, wanted()),
    applyNetwork: ["systemctl", "restart", networkUnit],
    copyIn: (name, hostPath, path, options) => copyIn(labId, name, hostPath, path, options),
  };
}
