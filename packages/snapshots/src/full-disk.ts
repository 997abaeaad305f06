import { CommandFailed } from "@k3s-lab/exec";
import { Problem } from "@k3s-lab/problem";

/** Names the place whose disk a program has found full; whatever else went wrong is thrown as it is. */
export async function namingFullDisk<Value>(place: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CommandFailed) || !/No space left on device|Disk quota exceeded/.test(error.stderr))
      throw error;
    throw new Problem("LAB-FIL-002", place, "the disk is full", {
      remedy: "Make room there, then run the command again.",
      cause: error,
    });
  }
}
