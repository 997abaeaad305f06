/** A file that a person can still open, and a maintainer will read. */
const mostBytes = 4_000_000;

/** Returns the last lines of a text, at most so many, under a line that says what was left out. */
export function lastLines(text: string, most: number): string {
  const lines = text.replace(/\n$/, "").split("\n");
  let kept = lines.slice(-most);
  while (kept.length > 1 && kept.reduce((sum, line) => sum + line.length + 1, 0) > mostBytes) {
    kept = kept.slice(Math.ceil(kept.length / 4));
  }
  // One line may be all there is.
  const tail = kept.join("\n").slice(-mostBytes);
  const left = lines.length - kept.length;
  return `${left === 0 ? "" : `(${left} earlier lines were left out)\n`}${tail}\n`;
}
