import { CommandFailed } from "@k3s-lab/exec";
import type { Lab } from "@k3s-lab/lab";
import type { Work } from "@k3s-lab/steps";
import type { HostedDriver } from "../../driver.js";
import type { Limits } from "../../limits.js";
import type { Machines, VirtualHardware } from "../../machine.js";
import { hostsFile } from "../../node-files.js";
import { NotRunning } from "../../not-running.js";
import { retry } from "../../retry.js";
import { bridgeName } from "./bridge-name.js";
import { haltCommand } from "./commands.js";
import { destroyMachine } from "./destroy.js";
import { isMade, machinesIn, readIn, type VagrantFolder, writeIn } from "./folder.js";
import { setUpRecord } from "./guest/guest-script.js";
import { guestPlaces, startedWithPath } from "./places.js";
import { guestNetworkOf, type VagrantPlan } from "./plan.js";
import { runVagrant } from "./run-vagrant.js";
import { Ssh } from "./ssh.js";
import { States } from "./state.js";
import { upMachines } from "./up.js";

const haltTimeout = 10 * 60_000;
/** Milliseconds; longer than a reboot takes. */
const readyTimeout = 2 * 60_000;
const pause = 500;
/** Measured: 13 times slower in loops, 36 times when starting processes; the usual timeouts leave room for the rest. */
const emulatedTimeoutFactor = 10;

/** A driver whose machines run on a hypervisor. */
export interface VagrantDriver extends HostedDriver {
  /** Makes or starts machines, in parallel where the provider can. */
  up(names: readonly string[], context: Work): Promise<void>;
  plan(): Promise<VagrantPlan>;
  readonly folder: VagrantFolder;
}

/**
 * Returns the driver of a lab's virtual machines. `wanted` is called only to make or to check a machine; all else is read
 * from the lab's folder.
 */
export function vagrantDriver(
  lab: Pick<Lab, "id" | "state">,
  { provider, emulate }: Pick<VirtualHardware, "provider" | "emulate">,
  wanted: () => Machines,
): VagrantDriver {
  const folder: VagrantFolder = { labId: lab.id, dir: lab.state.path("vagrant"), provider };
  const states = new States(folder);
  const timeoutFactor = emulate ? emulatedTimeoutFactor : 1;
  const ssh = new Ssh(folder, states, timeoutFactor);
  let naming: Promise<string> | undefined;
  const plan = async () => planOf(lab.id, wanted(), await (naming ??= bridgeName(wanted().lan)));
  const up = async (names: readonly string[], context: Work) =>
    upMachines({ folder, plan: await plan(), startedWith: (name) => startedWith(wanted(), name) }, ssh, names, context);
  return {
    timeoutFactor,
    folder,
    plan,
    up,
    state: (name) => states.of(name),
    async create(machine) {
      await destroyMachine(folder, ssh, machine.name);
      await up([machine.name], unheard);
    },
    start: (name, signal) => up([name], { ...unheard, signal: signal ?? unheard.signal }),
    async stop(name) {
      await ssh.close(name);
      await runVagrant(folder, haltCommand(name), name, { timeout: haltTimeout });
    },
    destroy: (name) => destroyMachine(folder, ssh, name),
    exec: (name, argv, options) => ssh.exec(name, argv, options),
    passThrough: (name, argv) => ssh.passThrough(name, argv),
    write: (name, path, content, options) => ssh.write(name, path, content, options),
    copyIn: (name, hostPath, path, options) => ssh.copyIn(name, hostPath, path, options),
    names: async () => machinesIn(folder),
    isMade: async (name) => isMade(folder, name),
    fitness: async ({ name }) =>
      readIn(folder, startedWithPath(name)) === startedWith(wanted(), name) ? "fit" : "outdated",
    configure: async ({ name }) => writeIn(folder, startedWithPath(name), startedWith(wanted(), name)),
    // The hypervisor's matter.
    plug: async () => {},
    async ready(name, signal) {
      await retry(() => ssh.exec(name, ["true"], { signal }), {
        // In the middle of a reboot it cannot be entered, or stands still.
        mayPass: (error) => error instanceof CommandFailed || error instanceof NotRunning,
        every: pause,
        within: readyTimeout * timeoutFactor,
        signal,
      });
    },
    files: (machine) => [setUpRecord({ ...machine, ...guestNetworkOf(wanted()) }), hostsFile(lab.id, wanted())],
    applyNetwork: [guestPlaces.keeper, "apply"],
  };
}

const unheard: Work = {
  signal: new AbortController().signal,
  progress: () => {},
};

function planOf(labId: string, wanted: Machines, bridge: string): VagrantPlan {
  const { machines, hostAliases } = wanted;
  const aliases = hostAliases && { hostAliases };
  return { labId, ...hardwareOf(wanted), machines, bridge, ...guestNetworkOf(wanted), ...aliases };
}

/** Renders the settings that a machine gets at its start: a change of them needs a restart. */
function startedWith(wanted: Machines, name: string): string {
  const own = wanted.machines.find((machine) => machine.name === name);
  const { cpus, memory } = { ...hardwareOf(wanted), ...sizeOf(own) };
  const { lan } = wanted;
  // libvirt's plugin plugs a machine in when it makes it, and never again: a change is refused (decide-machines.ts).
  return `cpus ${cpus}\nmemory ${memory}\n${lan.kind === "virtualbox" ? `bridge ${lan.interface}\n` : ""}`;
}

function sizeOf({ memory, cpus }: Limits = {}): Limits {
  return { ...(memory !== undefined && { memory }), ...(cpus !== undefined && { cpus }) };
}

function hardwareOf({ vagrant }: Machines): VirtualHardware {
  if (vagrant === undefined) throw new Error("machines of another driver");
  return vagrant;
}
