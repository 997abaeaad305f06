/** Returns the known name that another was probably meant to be; undefined where none is like it. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const [near] = [...known]
    .map((other) => ({ other, changes: distance(other.toLowerCase(), name.toLowerCase()) }))
    .filter(({ other, changes }) => changes <= Math.min(2, other.length - 2))
    .toSorted((a, b) => a.changes - b.changes);
  return near?.other;
}

/** Words the known name that another was probably meant to be: " (did you mean agent1?)"; "" where none is like it. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const near = nearest(name, known);
  return near === undefined ? "" : ` (did you mean ${near}?)`;
}

/** Counts the letters to insert, remove, change, or exchange with the next. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    rows.push([i]);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Infinity;
      rows[i]?.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same, swapped));
    }
  }
  return at(a.length, b.length);
}
