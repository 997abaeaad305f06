import { existsSync, readFileSync, rmSync } from "node:fs";
import { run } from "@k3s-lab/exec";
import { Problem } from "@k3s-lab/lab";
import { networkUnit } from "../../node-files.js";
import { machinePlaces } from "../../places.js";
import { startFailure } from "./log.js";
import { exec } from "./attach.js";
import { labCgroups, processesIn, removeCgroups } from "./cgroups.js";
import { readyArgv, startCommand, stopCommand } from "./commands.js";
import { monitorCgroup } from "./config.js";

const readyTimeout = 30_000;

export async function startMachine(labId: string, name: string): Promise<void> {
  await removeStaleCgroups(labId, name);
  const { log } = machinePlaces(labId, name);
  rmSync(log, { force: true });
  const [program, ...args] = startCommand(labId, name);
  try {
    await run(program, args);
  } catch (cause) {
    const remedy = `See ${log}; \`npm run lab:up\` tries again.`;
    const why = startFailure(existsSync(log) ? readFileSync(log, "utf8") : "") ?? "for a reason that LXC did not tell";
    throw new Problem(name, `did not start: ${why}`, { remedy, cause });
  }
  await waitUntilReady(labId, name);
}

export async function stopMachine(labId: string, name: string): Promise<void> {
  const [program, ...args] = stopCommand(labId, name);
  await run(program, args);
}

/** Watches until the machine's network and its service manager can be used. */
export async function waitUntilReady(labId: string, name: string): Promise<void> {
  await exec(labId, name, readyArgv([networkUnit, "dbus.socket"]), { timeout: readyTimeout });
}

/** A monitor that was killed leaves its cgroups, and LXC does not start into one that is there. */
async function removeStaleCgroups(labId: string, name: string): Promise<void> {
  const cgroups = [...labCgroups(labId, name), ...labCgroups(labId, monitorCgroup(name))];
  if (processesIn(cgroups).length === 0) await removeCgroups(cgroups);
}
