/** Measures how many milliseconds something takes. */
export async function measure(work: () => PromiseLike<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** The shortest of so many rounds: what else the machine does only ever adds. */
export async function measureBest(rounds: number, work: () => PromiseLike<unknown>): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < rounds; round++) best = Math.min(best, await measure(work));
  return best;
}
