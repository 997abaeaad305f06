import type { Lab, StateFile } from "@k3s-lab/lab";
import type { Step } from "@k3s-lab/steps";
import * as v from "valibot";
import { recordStep } from "./steps/record-step.js";

/** The servers that have joined the cluster, all at the time of their record. */
export interface Members {
  readonly servers: readonly string[];
}

/** `.lab/members.json`. */
export const membersRecord: StateFile<Members> = {
  file: "members",
  version: 1,
  schema: v.object({ servers: v.array(v.string()) }),
};

/** Returns the servers of which it is known that they have joined: not those that a first run, or another lab.yaml, is still to add. */
export function readMembers({ state }: Pick<Lab, "state">): readonly string[] {
  return state.read(membersRecord)?.servers ?? [];
}

export function recordMembers({ state }: Pick<Lab, "state">, servers: readonly string[]): void {
  state.write(membersRecord, { servers });
}

/** Records the servers, once all of them have joined. */
export function recordMembersStep(lab: Pick<Lab, "state">, servers: readonly string[]): Step {
  return recordStep(lab, {
    id: "record-members",
    title: "Record the servers",
    record: membersRecord,
    value: { servers },
    sentence: `cluster: note that ${servers.join(", ")} have joined it`,
  });
}
