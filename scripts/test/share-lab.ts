// The lab that the tests of an end-to-end suite share.
import { type EmulateOptions, emulateHost, isRoot, type World } from "@k3s-lab/testbed";
import type { Test } from "uvu";
import { driveLab, type DrivenLab } from "./drive-lab.js";

export interface SharedLab {
  readonly world: World;
  readonly lab: DrivenLab;
}

interface Sharing {
  /** The text of lab.yaml. */
  readonly yaml?: string;
  readonly host?: EmulateOptions;
  /** Called before the first test, with the lab that is not up yet. */
  ready(shared: SharedLab): unknown;
}

/**
 * Gives all tests of a suite one lab on an emulated host. It goes after the last test; what a suite disposes of before that, it
 * registers before. Without root nothing is made, because all tests are skipped.
 */
export function shareLab(test: Pick<Test, "before" | "after">, { yaml, host, ready }: Sharing): void {
  let world: World | undefined;
  let lab: DrivenLab | undefined;
  test.before(async () => {
    if (!isRoot) return;
    world = await emulateHost(host);
    lab = await driveLab(world.host, yaml);
    await ready({ world, lab });
  });
  test.after(async () => {
    await lab?.[Symbol.asyncDispose]();
    await world?.[Symbol.asyncDispose]();
  });
}
