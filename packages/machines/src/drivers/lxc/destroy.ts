import { existsSync, rmSync } from "node:fs";
import { run } from "@k3s-lab/exec";
import { Problem } from "@k3s-lab/problem";
import { cableName, machinePlaces } from "../../places.js";
import { tolerate } from "../../tolerate.js";
import { runCommand } from "../enter.js";
import { removeCable } from "./cable.js";
import { labCgroups, processesIn, removeCgroups, settles } from "./cgroups.js";
import { thawCommand } from "./commands.js";
import { monitorCgroup } from "./config.js";
import { isFrozen } from "./freezer.js";

/** Milliseconds. */
const endTimeout = 5000;
/** Milliseconds that LXC's monitor has to clean up by itself. */
const cleanUpTime = 500;

/**
 * Ends a machine and removes all of it, whatever state it is in: found by names alone, since its configuration may be
 * missing or not be written yet.
 */
export async function destroyMachine(labId: string, name: string): Promise<void> {
  const { config, dir } = machinePlaces(labId, name);
  // What is frozen does not end, and LXC thaws only what is configured.
  if (isFrozen(labId, name)) await runCommand(thawCommand(labId, name), { answers: "any" });
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
  await settles(() => monitor().length === 0, cleanUpTime);
  await kill(name, monitor);
}

async function kill(name: string, processes: () => readonly number[]): Promise<void> {
  const isDone = () => {
    const pids = processes();
    for (const pid of pids) tolerate(["ESRCH"], () => process.kill(pid, "SIGKILL"));
    return pids.length === 0;
  };
  if (await settles(isDone, endTimeout)) return;
  const what = `has processes that did not end in ${endTimeout / 1000} s: ${processes().join(", ")}`;
  throw new Problem("LAB-MCH-002", name, what, {
    remedy: "Run the command again; a process that waits for a disk ends when the disk answers.",
  });
}
