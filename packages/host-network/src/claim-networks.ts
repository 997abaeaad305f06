import { dirname, join } from "node:path";
import { withHostLock } from "@k3s-lab/host";
import { claimPlace, type Lab, LabState, type PlaceDirs, placeDirs, placesDir, readPlaces } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import type { Decision } from "@k3s-lab/stages";
import type { Obstacle } from "./choose/obstacles.js";
import type { HostNetwork } from "./network.js";
import { hostNetworkRecord } from "./record.js";
import type { Remembered } from "./remembered.js";

/** Returns what the other labs of this host have recorded as theirs, whether or not they run. */
export function networksOfOthers({ id }: Pick<Lab, "id">, dirs: PlaceDirs = placeDirs()): readonly Obstacle[] {
  return readPlaces(dirs).flatMap((place) => {
    const network = place.id === id ? undefined : recordedIn(dirname(place.file));
    if (network === undefined) return [];
    const what = `the networks of lab ${place.name} in ${dirname(place.file)}`;
    return networksOf(network).map((cidr) => ({ cidr, what, vif: false, isReserved: true as const }));
  });
}

/** A lab whose folder is gone, or may not be read, or is of another release, reserves nothing. */
function recordedIn(folder: string): HostNetwork | undefined {
  try {
    return new LabState(join(folder, ".lab")).read(hostNetworkRecord);
  } catch (error) {
    if (error instanceof Problem || (error as NodeJS.ErrnoException).code !== undefined) return undefined;
    throw error;
  }
}

/** Nodes on the host's own LAN share that with all. */
function networksOf({ lan, podCidr, serviceCidr }: HostNetwork) {
  return [...(lan.kind === "private" ? [lan.subnet] : []), podCidr, serviceCidr];
}

/**
 * Decides the networks of a lab beside those of the host's other labs. The first time they are recorded at once, one lab after
 * the other, so that two that are made at the same moment do not pick the same: what another has taken meanwhile is not picked
 * when it is decided again.
 */
export async function claimNetworks(
  { lab, facts, mayAsk }: Pick<Decision, "lab" | "facts" | "mayAsk">,
  remembered: Remembered,
  decide: (others: readonly Obstacle[]) => Promise<HostNetwork>,
  dirs: PlaceDirs = placeDirs(),
): Promise<HostNetwork> {
  let others = await facts.get("networks of other labs", async () => networksOfOthers(lab, dirs));
  const isKnown = remembered.lan !== undefined && remembered.podCidr !== undefined;
  if (!mayAsk || isKnown) return decide(others);
  for (;;) {
    const network = await decide(others);
    const known = new Set(others.map(({ cidr }) => String(cidr)));
    const taken = await withHostLock(placesDir(dirs), () => {
      const now = networksOfOthers(lab, dirs);
      const isTaken = now.some(
        ({ cidr }) => !known.has(String(cidr)) && networksOf(network).some((own) => own.overlaps(cidr)),
      );
      if (isTaken) return now;
      claimPlace(lab, dirs);
      lab.state.write(hostNetworkRecord, network);
      return undefined;
    });
    if (taken === undefined) return network;
    others = taken;
  }
}
