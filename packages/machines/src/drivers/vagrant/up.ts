import { CommandFailed } from "@k3s-lab/exec";
import { Problem } from "@k3s-lab/problem";
import type { Work } from "@k3s-lab/steps";
import { runCommand } from "../enter.js";
import { showMachineCommand, upCommand } from "./commands.js";
import { isMade, type VagrantFolder, writeIn } from "./folder.js";
import { findVBoxManage, machinesOf, removeMachine } from "./hypervisor.js";
import { startedWithPath } from "./places.js";
import type { VagrantPlan } from "./plan.js";
import { progressOf, runVagrant } from "./run-vagrant.js";
import type { Ssh } from "./ssh.js";
import { parseBridgedNics } from "./virtualbox.js";

/** Milliseconds for a boot and the guest's script, even of several machines that are emulated at once. */
const timeout = { accelerated: 20 * 60_000, emulated: 60 * 60_000 } as const;

interface DesiredMachines {
  readonly folder: VagrantFolder;
  readonly plan: VagrantPlan;
  /** What a machine of this name is started with. */
  startedWith(name: string): string;
}

/** Makes or starts machines; resolves when they can be entered. */
export async function upMachines(
  { folder, plan, startedWith }: DesiredMachines,
  ssh: Ssh,
  names: readonly string[],
  { signal, progress }: Work,
): Promise<void> {
  await removeStrangers(folder, names);
  for (const name of names) writeIn(folder, startedWithPath(name), startedWith(name));
  try {
    await runVagrant(folder, upCommand(names), names.join(", "), {
      signal,
      timeout: plan.emulate ? timeout.emulated : timeout.accelerated,
      onLine: (line) => {
        const step = progressOf(line);
        if (step !== undefined) progress(step);
      },
    });
  } catch (error) {
    if (!(error instanceof CommandFailed) || signal.aborted) throw error;
    throw new Problem("LAB-MCH-006", error.subject, error.what, {
      remedy: `\`npm run lab:up\` tries again; by hand: vagrant up, in ${folder.dir}.`,
      cause: error,
    });
  }
  await ssh.learn(names);
  if (folder.provider === "virtualbox") await checkNics(plan, names);
}

/** Removes machines that only the hypervisor knows, and Vagrant does not: two machines cannot share a name. */
async function removeStrangers(folder: VagrantFolder, names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !isMade(folder, name));
  if (unknown.length === 0) return;
  const there = await machinesOf(folder.labId, folder.provider);
  for (const name of unknown.filter((each) => there.includes(each))) {
    await removeMachine(folder.labId, folder.provider, name);
  }
}

/** Throws where Vagrant has bridged another interface: if the named one is missing, it takes the only other one. */
async function checkNics({ labId, machines, bridge }: VagrantPlan, names: readonly string[]): Promise<void> {
  const vboxManage = findVBoxManage() ?? "VBoxManage";
  for (const { name, mac } of machines.filter((machine) => names.includes(machine.name))) {
    const nics = parseBridgedNics((await runCommand(showMachineCommand(vboxManage, labId, name))).stdout);
    if (nics.some((nic) => nic.mac === mac.toLowerCase() && nic.adapter === bridge && nic.isPlugged)) continue;
    const seen = nics.map((nic) => `${nic.adapter}, ${nic.mac}${nic.isPlugged ? "" : ", unplugged"}`).join("; ");
    throw new Problem(
      "LAB-MCH-007",
      name,
      `is not bridged to ${bridge} with ${mac}; VirtualBox has ${seen || "no bridged card"}`,
      {
        remedy: "Name the host's interface with network.interface in lab.yaml, then run `npm run lab:up` again.",
      },
    );
  }
}
