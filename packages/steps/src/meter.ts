import type { Extent } from "./report.js";

/** Milliseconds that a rate is measured over: long enough to be calm, short enough to follow a network. */
const remembered = 10_000;
/** Milliseconds before there is a rate at all. */
const settled = 1_000;

/** Measures how fast something comes along. Times are milliseconds of one clock. */
export class Meter {
  extent: Extent;
  readonly #seen: { readonly at: number; readonly done: number }[] = [];

  constructor(extent: Extent, at: number) {
    this.extent = extent;
    this.update(extent, at);
  }

  update(extent: Extent, at: number): void {
    // Another attempt begins again.
    if (extent.done < this.extent.done) this.#seen.length = 0;
    this.extent = extent;
    this.#seen.push({ at, done: extent.done });
    // The last one before the window stays, so that the window is never empty.
    while (this.#seen[1] !== undefined && this.#seen[1].at < at - remembered) this.#seen.shift();
  }

  /** A second; undefined while there is too little to tell it by. */
  rate(now: number): number | undefined {
    const first = this.#seen[0];
    if (first === undefined || now - first.at < settled || this.extent.done === first.done) return undefined;
    return ((this.extent.done - first.done) / (now - first.at)) * 1000;
  }

  /** Milliseconds until it is done; undefined where nobody can tell. */
  left(now: number): number | undefined {
    const { done, total } = this.extent;
    const rate = this.rate(now);
    return rate === undefined || total === undefined ? undefined : (Math.max(0, total - done) / rate) * 1000;
  }

  /** From 0 to 1; undefined where the end is not known. */
  get share(): number | undefined {
    const { done, total } = this.extent;
    if (total === undefined) return undefined;
    return total === 0 ? 1 : Math.min(1, done / total);
  }

  get isDone(): boolean {
    return this.share === 1;
  }
}
