/** Returns a function that tells for how many milliseconds something has held without a break. */
export function stopwatch(): (holds: boolean) => number {
  let since: number | undefined;
  return (holds) => {
    // Read once, so that what begins to hold has held for exactly 0.
    const now = performance.now();
    since = holds ? (since ?? now) : undefined;
    return since === undefined ? 0 : now - since;
  };
}
