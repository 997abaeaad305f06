import { existsSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "@k3s-lab/exec";
import { Problem } from "@k3s-lab/problem";
import { cableName, machinePlaces } from "../../places.js";
import { removeCable } from "./cable.js";
import { labCgroups, processesIn, removeCgroups } from "./cgroups.js";
import { monitorCgroup } from "./config.js";

const endDeadline = 5000;
/** How long LXC's monitor may clean up by itself. */
const monitorPatience = 500;

/**
 * Ends a machine and removes all of it, whatever state it is in: found by names alone, since its configuration may be
 * missing or not be written yet.
 */
export async function destroyMachine(labId: string, name: string): Promise<void> {
  const { config, dir } = machinePlaces(labId, name);
  rmSync(config, { force: true });
  await endProcesses(labId, name);
  await removeCable(cableName(labId, name));
  await removeCgroups([...labCgroups(labId, name), ...labCgroups(labId, monitorCgroup(name))]);
  if (existsSync(dir)) await run("rm", ["-rf", "--one-file-system", "--", dir]);
}

/** With its init the kernel ends every process of the machine, those of pods too. */
async function endProcesses(labId: string, name: string): Promise<void> {
  await kill(name, () => processesIn(labCgroups(labId, name)));
  const monitor = () => processesIn(labCgroups(labId, monitorCgroup(name)));
  const end = performance.now() + monitorPatience;
  while (monitor().length > 0 && performance.now() < end) await sleep(5);
  await kill(name, monitor);
}

async function kill(name: string, processes: () => readonly number[]): Promise<void> {
  const end = performance.now() + endDeadline;
  for (let pids = processes(); pids.length > 0; pids = processes()) {
    if (performance.now() > end) {
      const remedy = "Run the command again; a process that waits for a disk ends when the disk answers.";
      throw new Problem(
        "LAB-MCH-002",
        name,
        `has processes that did not end in ${endDeadline / 1000} s: ${pids.join(", ")}`,
        {
          remedy,
        },
      );
    }
    for (const pid of pids) killOne(pid);
    await sleep(5);
  }
}

function killOne(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
