import { setTimeout as sleep } from "node:timers/promises";

/** A VIF forwards as often for one destination; a loop is what comes that far. */
export const cap = 50;

/** Milliseconds without a new connection, once the client has ended, after which none will come. */
const quiet = 300;
/** Where a loop is expected: a datagram may be lost on its way round, and a busy machine is slow. */
const again = 1_000;
const patience = 40_000;

/**
 * The number of connections that one client's request has made in the VIF. Where a loop is expected, it is waited for,
 * and the client asks once more whenever nothing moves, which alone never makes as many as the cap.
 */
export async function measure(ask: () => Promise<unknown>, count: () => number, loops: boolean): Promise<number> {
  const start = performance.now();
  let last = { count: 0, at: start };
  const still = () => {
    if (count() !== last.count) last = { count: count(), at: performance.now() };
    return performance.now() - last.at;
  };
  await ask();
  for (;;) {
    if (count() >= cap) return count();
    const time = still();
    if (!loops && time > quiet) return count();
    if (performance.now() - start > patience) return count();
    if (loops && time > again) {
      await ask();
      last = { ...last, at: performance.now() };
    }
    await sleep(20);
  }
}
