/** Measures how many milliseconds something takes. */
export async function measure(work: () => PromiseLike<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
