/** What is left of several measurements of one thing, in their unit. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Returns the median and the spread of at least one measurement; throws RangeError where there is none. */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError("nothing was measured");
  return { median: medianOf(values), min: Math.min(...values), max: Math.max(...values) };
}

/** Returns the middle value; of an even number of values, the mean of the two in the middle. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low = NaN, high = NaN] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return (low + high) / 2;
}

export function sumOf(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0);
}

/** Returns the median of each key. */
export function mediansOf(records: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const keys = Object.keys(records[0] ?? {});
  return Object.fromEntries(keys.map((key) => [key, medianOf(records.map((record) => record[key] ?? 0))]));
}
