import { participants, takePart } from "@k3s-lab/host";
import type { Lab, StateFile } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import { type Progress, until } from "@k3s-lab/steps";
import * as v from "valibot";

type OfLab = Pick<Lab, "state">;

/** `.lab/garbage.json` */
const garbageRecord: StateFile<{ readonly bytes: number }> = {
  file: "garbage",
  version: 1,
  schema: v.object({ bytes: v.number() }),
};

/** Adds to the bytes in the registry that pushes have left without a name. Returns all of them. */
export function addGarbage({ state }: OfLab, bytes: number): number {
  const sum = (state.read(garbageRecord)?.bytes ?? 0) + bytes;
  if (bytes > 0) state.write(garbageRecord, { bytes: sum });
  return sum;
}

export function forgetGarbage({ state }: OfLab): void {
  state.remove("garbage");
}

interface Waiting {
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

const lookEvery = 200;

/**
 * Says that this process pushes, and waits until nobody collects the registry's garbage: who collects says so first, and then looks
 * for those who push, so that of two at once at least one sees the other. Undefined where this user may not write into `.lab/`.
 */
export async function startPushing({ state }: OfLab, { progress, signal }: Waiting): Promise<Disposable | undefined> {
  const pushing = takePartIfAllowed(state.path("pushing"), "push");
  const collectors = () => participants(state.path("collecting"));
  if (pushing === undefined || collectors().length === 0) return pushing;
  try {
    await until({
      every: lookEvery,
      within: Infinity,
      signal,
      look: async () => {
        const [who] = collectors();
        if (who === undefined) return { value: true };
        progress(`waiting for ${who}, which removes what no tag leads to`);
        return { reason: `${who} is at work` };
      },
    });
    return pushing;
  } catch (error) {
    pushing[Symbol.dispose]();
    throw error;
  }
}

/** Says that this process collects garbage, until that is disposed of. Throws a Problem where another one pushes. */
export function startCollecting({ state }: OfLab): Disposable {
  const collecting = takePart(state.path("collecting"), "gc");
  const [other] = participants(state.path("pushing"));
  if (other === undefined) return collecting;
  collecting[Symbol.dispose]();
  throw new Problem("LAB-HST-007", state.dir, `${other} is at work here`, { remedy: "Wait for it to end." });
}

function takePartIfAllowed(path: string, command: string): Disposable | undefined {
  try {
    return takePart(path, command);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (["EACCES", "EPERM", "EROFS"].includes(code)) return undefined;
    throw error;
  }
}
