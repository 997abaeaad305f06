import { serviceManagers } from "@k3s-lab/service-manager";
import { type Step, step } from "@k3s-lab/steps";
import { fileMode, networkFile } from "../node-files.js";
import { differences, staleFiles } from "../observe-node.js";
import { keepalived, keepalivedFile } from "../shared-address.js";
import type { Fleet, MachineSeen } from "./fleet.js";

/** It restarts services of the network, which an emulated machine takes its time for. */
const scriptTimeout = 5 * 60_000;

/** Cable, address, route, resolver and files of machines that run: what differs is repaired without a reboot. */
export function setUpNodesStep(fleet: Fleet): Step {
  return step<readonly MachineSeen[]>({
    id: "set-up-nodes",
    title: "Set up nodes",
    parallel: true,
    observe: (facts) => fleet.seeAll(facts),
    plan: (seen) =>
      seen
        .map((one) => ({ one, wrong: wrongWith(fleet, one) }))
        .filter(({ wrong }) => wrong.length > 0)
        .map(({ one, wrong }) => ({
          on: one.machine.name,
          kind: "change",
          sentence: `${one.machine.name}: ${wrong.join("; ")}`,
          run: ({ signal }) => repair(fleet, one, signal),
        })),
  });
}

function wrongWith(fleet: Fleet, { machine, fitness, facts }: MachineSeen): readonly string[] {
  // What is stopped for a change is set up while it stands still.
  if (facts === undefined || fitness === "outdated") return [];
  const loose = fitness === "unplugged" ? ["plug its cable into the bridge"] : [];
  return [...loose, ...differences(fleet.wantedNode(machine), facts)];
}

async function repair(fleet: Fleet, { machine, fitness }: MachineSeen, signal: AbortSignal): Promise<void> {
  const { driver } = fleet;
  const { name } = machine;
  if (fitness === "unplugged") await driver.plug(name);
  // It may have been seen in the middle of a reboot, which repairs it by itself.
  await driver.ready(name, signal);
  const { facts, machine: found } = await fleet.look(machine, signal);
  if (facts === undefined) return;
  const wanted = fleet.wantedNode(found);
  const stale = staleFiles(wanted, facts);
  for (const { path, content, script } of stale) {
    if (script === undefined) await driver.write(name, path, content, { mode: fileMode });
    // Read whole before it runs: what it starts may read standard input, too.
    else await driver.exec(name, ["sh", "-c", 'eval "$(cat)"'], { input: script, signal, timeout: scriptTimeout });
  }
  const isMoved = stale.some(({ path }) => path === keepalivedFile) || facts.isSharing === false;
  const isConnected = differences({ ...wanted, files: [], resolvers: facts.resolvers }, facts).length === 0;
  const isToApply = !isConnected || stale.some(({ path }) => path === networkFile);
  if (isToApply) await driver.exec(name, driver.applyNetwork, { signal });
  // Applying takes the shared address away, too.
  if (wanted.sharedAddress === undefined || !(isMoved || isToApply)) return;
  const start = serviceManagers[facts.serviceManager].startScript(keepalived.service, "restart");
  await driver.exec(name, ["sh", "-c", start], { signal });
}
