import type { StateFile } from "@k3s-lab/lab";
import * as v from "valibot";

/** A kubeconfig of the user's that the lab was merged into. */
export interface MergedFile {
  /** Absolute. */
  readonly file: string;
  /** Whether there was none before, so that none stays when nothing else has come into it. */
  readonly isNew: boolean;
}

/** `.lab/merged-kubeconfigs.json`. */
export const mergedRecord: StateFile<{ readonly files: readonly MergedFile[] }> = {
  file: "mergedKubeconfigs",
  version: 1,
  schema: v.object({ files: v.array(v.object({ file: v.string(), isNew: v.boolean() })) }),
};
