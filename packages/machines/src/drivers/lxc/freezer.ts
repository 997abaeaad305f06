import { join } from "node:path";
import { readIfExists } from "@k3s-lab/host";
import { labCgroups } from "./cgroups.js";

/** Tells whether a machine was stopped where it is, by its cgroup: what enters it would be, too. */
export function isFrozen(labId: string, name: string): boolean {
  return labCgroups(labId, name).some(
    (cgroup) =>
      // v1 and v2.
      /FROZEN|FREEZING/.test(readIfExists(join(cgroup, "freezer.state")) ?? "") ||
      readIfExists(join(cgroup, "cgroup.freeze"))?.trim() === "1",
  );
}
