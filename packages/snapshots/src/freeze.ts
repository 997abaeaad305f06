import { type Disks, longestFreeze } from "@k3s-lab/machines";

/** Milliseconds that are left for the work: machines are frozen one beside the other, and thawed before the limit. */
const workTime = longestFreeze * 1000 - 400;

/**
 * Freezes machines, works, and thaws them in any case. Resolves with the milliseconds from the first freeze to the last thaw;
 * with nothing where the time was up before the work was done.
 */
export async function whileFrozen(
  disks: Pick<Disks, "freeze" | "thaw" | "thawLater">,
  names: readonly string[],
  work: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<number | undefined> {
  signal.throwIfAborted();
  const done = new AbortController();
  // A process of its own: it thaws them although this one is killed.
  const later = names.length === 0 ? undefined : disks.thawLater(names, done.signal).catch(() => {});
  const late = names.length === 0 ? signal : AbortSignal.timeout(workTime);
  const started = performance.now();
  try {
    await Promise.all(names.map((name) => disks.freeze(name)));
    await work(AbortSignal.any([signal, late]));
  } catch (error) {
    if (late.aborted && !signal.aborted) return undefined;
    throw error;
  } finally {
    await Promise.all(names.map((name) => disks.thaw(name)));
    done.abort();
    await later;
  }
  const frozen = performance.now() - started;
  return names.length === 0 ? 0 : frozen > longestFreeze * 1000 ? undefined : frozen;
}
