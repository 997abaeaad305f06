import { until } from "@k3s-lab/steps";

/** How often the VIF forwards for one destination: a loop is what reaches this number. */
export const cap = 50;

/** Milliseconds without a new connection, once the client has ended, after which none will come. */
const quiet = 300;
/** The same where a loop is expected: a datagram may be lost on its way round, and a busy machine is slow. */
const again = 1_000;

/**
 * Returns the number of connections that one client's request has made in the VIF. Where a loop is expected, it is waited
 * for, and the client asks once more whenever nothing moves, which alone never makes as many as the cap.
 */
export async function measure(ask: () => Promise<unknown>, count: () => number, loops: boolean): Promise<number> {
  let last = { count: 0, at: performance.now() };
  await ask();
  return until({
    every: 20,
    within: 40_000,
    look: async () => {
      if (count() !== last.count) last = { count: count(), at: performance.now() };
      const still = performance.now() - last.at;
      if (last.count >= cap || (!loops && still > quiet)) return { value: last.count };
      if (loops && still > again) {
        await ask();
        last = { ...last, at: performance.now() };
      }
      return { reason: `${last.count} connections came to the VIF, expected ${loops ? cap : "no more"}` };
    },
  });
}
