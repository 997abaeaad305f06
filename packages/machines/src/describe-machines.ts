import type { Lab } from "@k3s-lab/lab";
import type { MachineState } from "./driver.js";
import { describeRelay, type RelayDescription } from "./drivers/docker/relay.js";
import { openDriver } from "./open-driver.js";
import { machinesRecord } from "./record.js";
import { mayEnter } from "./require-root.js";

/** The machines as `lab:status` shows them. */
export interface MachinesDescription {
  /** By name. Unknown: this user may not look. */
  readonly states: Readonly<Record<string, MachineState | "unknown">>;
  /** Of several servers in Docker. */
  readonly relay?: RelayDescription;
}

/** Tells how the machines of a lab are; undefined where none was ever made. */
export async function describeMachines(
  lab: Pick<Lab, "id" | "config" | "state">,
): Promise<MachinesDescription | undefined> {
  const recorded = lab.state.read(machinesRecord);
  if (recorded === undefined) return undefined;
  const driver = openDriver(lab);
  // Only root may look at containers; another user is told so, and not that they are gone.
  const enters = mayEnter(lab);
  const states = recorded.machines.map(
    async ({ name }) => [name, enters ? await driver.state(name) : "unknown"] as const,
  );
  const [seen, relay] = await Promise.all([Promise.all(states), describeRelay(lab.id, recorded)]);
  return { states: Object.fromEntries(seen), ...(relay !== undefined && { relay }) };
}
