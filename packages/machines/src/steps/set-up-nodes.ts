import { type Action, type Step, step } from "@k3s-lab/steps";
import { networkFile, networkUnit } from "../node-files.js";
import { differences, staleFiles } from "../observe-node.js";
import type { Fleet, MachineSeen } from "./fleet.js";

/** Cable, address, route, resolver and files of machines that run: what differs is mended without a reboot. */
export function setUpNodesStep(fleet: Fleet): Step {
  return step<readonly MachineSeen[]>({
    title: "Set up nodes",
    parallel: true,
    observe: (signal) => fleet.seeAll(signal),
    plan: (seen) => seen.flatMap((one) => mendAction(fleet, one)),
  });
}

function mendAction(fleet: Fleet, seen: MachineSeen): readonly Action[] {
  const wrong = wrongWith(fleet, seen);
  if (wrong.length === 0) return [];
  const { machine } = seen;
  return [
    {
      sentence: `${machine.name}: ${wrong.join("; ")}`,
      run: async ({ signal }) => {
        await mend(fleet, seen, signal);
        fleet.forget(machine.name);
      },
    },
  ];
}

function wrongWith(fleet: Fleet, { machine, fitness, facts }: MachineSeen): readonly string[] {
  if (facts === undefined) return [];
  const loose = fitness === "unplugged" ? ["plug its cable into the bridge"] : [];
  return [...loose, ...differences(fleet.wantedNode(machine), facts)];
}

async function mend(fleet: Fleet, { machine, fitness }: MachineSeen, signal: AbortSignal): Promise<void> {
  const { driver } = fleet;
  const { name } = machine;
  if (fitness === "unplugged") await driver.plug(name);
  // It may have been seen in the middle of a reboot, which mends by itself.
  await driver.ready(name);
  const { facts } = await fleet.look(machine, signal);
  if (facts === undefined) return;
  const wanted = fleet.wantedNode(machine);
  const stale = staleFiles(wanted, facts);
  for (const { path, content } of stale) await driver.write(name, path, content, { mode: 0o644 });
  const isConnected = differences({ ...wanted, files: [], resolvers: facts.resolvers }, facts).length === 0;
  if (isConnected && !stale.some(({ path }) => path === networkFile)) return;
  await driver.exec(name, ["systemctl", "restart", networkUnit], { signal });
}
