import { lanLink } from "@k3s-lab/host-network/network";
import type { HostedDriver } from "../../driver.js";
import type { Machines } from "../../machine.js";
import { networkFile, nodeFiles } from "../../node-files.js";
import { cableName } from "../../places.js";
import { rootfsPath } from "../../rootfs/path.js";
import { writeArgv } from "../../write-argv.js";
import { runCommand } from "../enter.js";
import { copyIn, exec, passThrough } from "./attach.js";
import { plugCable } from "./cable.js";
import { stopCommand } from "./commands.js";
import { labCgroups } from "./cgroups.js";
import { configureMachine, createMachine, writeConfig } from "./create.js";
import { destroyMachine } from "./destroy.js";
import { fitness, isLimited } from "./fitness.js";
import { machinesThere } from "./left-over.js";
import { limitCgroups } from "./limits.js";
import { linkIn } from "./link-in.js";
import { startMachine, waitUntilReady } from "./start.js";
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
    async stop(name) {
      await runCommand(stopCommand(labId, name));
    },
    destroy: (name) => destroyMachine(labId, name),
    exec: (name, argv, options) => exec(labId, name, argv, options),
    passThrough: (name, argv) => passThrough(labId, name, argv),
    async write(name, path, content, { mode }) {
      await exec(labId, name, writeArgv(path, mode), { input: content });
    },
    copyIn: (name, hostPath, path, options) => copyIn(labId, name, hostPath, path, options),
    linkIn: async (name, hostPath, path) => linkIn(labId, name, hostPath, path),
    names: async () => machinesThere(labId),
    isMade: async (name) => madeOn(labId, name) !== undefined,
    fitness: async (machine, isRunning) => fitness(labId, machine, wanted(), isRunning),
    async plug(name) {
      const { lan } = wanted();
      if (lan.kind !== "macvlan") await plugCable(cableName(labId, name), lanLink(lan));
    },
    isLimited: async (machine) => isLimited(labId, machine, wanted()),
    async limit(machine) {
      limitCgroups(machine.name, labCgroups(labId, machine.name), machine);
      writeConfig(labId, machine, wanted(), madeOn(labId, machine.name) ?? rootfsPath());
    },
    configure: async (machine) =>
      configureMachine(labId, machine, wanted(), madeOn(labId, machine.name) ?? rootfsPath()),
    ready: (name, signal) => waitUntilReady(labId, name, signal),
    files: (machine) => nodeFiles(labId, machine, wanted()),
    applyNetwork: ["ip", "-4", "-batch", networkFile],
  };
}
