import { rmSync } from "node:fs";
import { CommandFailed } from "@k3s-lab/exec";
import { Problem } from "@k3s-lab/problem";
import { networkUnit } from "../../node-files.js";
import { machinePlaces } from "../../places.js";
import { retry } from "../../retry.js";
import { shellArgv } from "../../shell.js";
import { readIfExists } from "@k3s-lab/host";
import { runCommand } from "../enter.js";
import { startFailure } from "./log.js";
import { exec } from "./attach.js";
import { labCgroups, processesIn, removeCgroups } from "./cgroups.js";
import { startCommand, thawCommand } from "./commands.js";
import { monitorCgroup } from "./config.js";
import { isFrozen } from "./freezer.js";
import { machineState } from "./state.js";

/** Milliseconds. */
const readyTimeout = 30_000;
const pause = 50;

export async function startMachine(labId: string, name: string, signal?: AbortSignal): Promise<void> {
  if (isFrozen(labId, name) && processesIn(labCgroups(labId, name)).length > 0) {
    await runCommand(thawCommand(labId, name));
    return waitUntilReady(labId, name, signal);
  }
  await removeStaleCgroups(labId, name);
  const { log } = machinePlaces(labId, name);
  rmSync(log, { force: true });
  try {
    await runCommand(startCommand(labId, name));
  } catch (cause) {
    // In the middle of a reboot a machine seems to stand still, and then runs by itself.
    if ((await machineState(labId, name)) !== "running") throw notStarted(name, log, cause);
  }
  await waitUntilReady(labId, name, signal);
}

/** Waits until the machine's network and its service manager can be used, also while it reboots. */
export async function waitUntilReady(labId: string, name: string, signal?: AbortSignal): Promise<void> {
  const argv = [...shellArgv("wait-ready.sh"), networkUnit];
  await retry(() => exec(labId, name, argv, { timeout: readyTimeout, signal }), {
    mayPass: (error) => isGoingDown(labId, name, error),
    every: pause,
    within: readyTimeout,
    signal,
  });
}

/** Whether a program failed because its machine shuts down, which ends all programs by a signal. */
async function isGoingDown(labId: string, name: string, error: unknown): Promise<boolean> {
  if (!(error instanceof CommandFailed)) return false;
  if (error.wasKilled) return true;
  const asked = await exec(labId, name, ["systemctl", "is-system-running"], { answers: "any" });
  return asked.stdout === "stopping";
}

function notStarted(name: string, log: string, cause: unknown): Problem {
  const why = startFailure(readIfExists(log) ?? "") ?? "for a reason that LXC did not tell";
  const remedy = `See ${log}; \`npm run lab:up\` tries again.`;
  return new Problem("LAB-MCH-003", name, `did not start: ${why}`, { remedy, cause });
}

/** A monitor that was killed leaves its cgroups, and LXC does not start into one that exists. */
async function removeStaleCgroups(labId: string, name: string): Promise<void> {
  const cgroups = [...labCgroups(labId, name), ...labCgroups(labId, monitorCgroup(name))];
  if (processesIn(cgroups).length === 0) await removeCgroups(cgroups);
}
