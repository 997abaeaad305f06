import { writeFileSync } from "node:fs";
import { hostNetworkRecord, type HostNetwork } from "@k3s-lab/host-network";
import { giveToCaller, readIfExists } from "@k3s-lab/host";
import { configRecord, type Lab, type LabConfig, recordConfig, type StateFile } from "@k3s-lab/lab";
import { type Disks, disksOf } from "@k3s-lab/machines";
import * as v from "valibot";

/**
 * A restore that was decided: everything of it is on the disk, so that whoever finds this record brings it to its end, however
 * often that is cut short. Before it is written, the lab is as it was.
 */
export interface Restoring {
  readonly snapshot: string;
  readonly driver: "lxc" | "docker";
  readonly machines: readonly string[];
  readonly config: LabConfig;
  /** The text of the record. */
  readonly secrets: string;
  readonly network: HostNetwork;
  /** Whether several servers get other addresses. */
  readonly moved?: boolean;
  /** lab.yaml, where the lab has none. */
  readonly labYaml?: string;
}

/** `.lab/restoring.json`; 0600. */
export const restoringRecord: StateFile<Restoring> = {
  file: "restoring",
  version: 1,
  schema: v.object({
    snapshot: v.string(),
    driver: v.picklist(["lxc", "docker"]),
    machines: v.array(v.string()),
    config: configRecord.schema.entries.config,
    secrets: v.string(),
    network: hostNetworkRecord.schema,
    moved: v.exactOptional(v.boolean()),
    labYaml: v.exactOptional(v.string()),
  }),
};

/** The snapshot whose restore was decided, and was cut short; undefined where there is none. */
export function restoringOf({ state }: Pick<Lab, "state">): string | undefined {
  return state.read(restoringRecord)?.snapshot;
}

/**
 * Brings a restore that was decided to its end: ends the machines as a power cut does, puts the disks and the records of the
 * snapshot in their places. Resolves with the snapshot's name; with nothing where no restore was decided.
 */
export async function finishRestore(
  lab: Pick<Lab, "id" | "state" | "file">,
  disksFor: (driver: Restoring["driver"]) => Disks = (driver) => disksOf(lab, driver),
): Promise<string | undefined> {
  const { state, file } = lab;
  const decided = state.read(restoringRecord);
  if (decided === undefined) return undefined;
  const { snapshot, driver, machines, config, secrets, network, moved, labYaml } = decided;
  const disks = disksFor(driver);
  // What a machine has besides its disk would start K3s, and those that are to join as new ones may not begin a cluster.
  const end = (name: string) => (moved && disks.unmake ? disks.unmake(name) : disks.halt(name));
  await Promise.all((await disks.names()).map(end));
  for (const name of machines) await disks.swap(name);
  if (labYaml !== undefined && readIfExists(file) === undefined) {
    writeFileSync(file, labYaml, { flag: "wx" });
    giveToCaller(file);
  }
  state.writeText("secrets", secrets);
  recordConfig({ state, config });
  state.write(hostNetworkRecord, network);
  // What was decided for the lab before goes by other addresses, or other nodes.
  for (const later of ["registry", "nodes", "cluster", "machines"] as const) state.remove(later);
  state.remove("restoring");
  return snapshot;
}
