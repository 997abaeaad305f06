import type { Extent, Progress } from "@k3s-lab/steps";

/** A layer that is copied, or was. Bytes. */
interface Layer {
  done: number;
  total: number;
  /** When it was reported last, in milliseconds. */
  reported: number;
}

/** Milliseconds between two reports of a layer: a person reads no faster. */
const reportEvery = 250;

/** Reports the bytes of an image that is copied: of each layer, and of all that were begun. */
export class LayerBytes {
  readonly #layers = new Map<string, Layer>();
  readonly #progress: Progress;
  readonly #now: () => number;

  constructor(progress: Progress, now: () => number = () => performance.now()) {
    this.#progress = progress;
    this.#now = now;
  }

  /** Tells of a layer that is about to be copied; once, however often it is met. */
  begun(layer: string): void {
    this.#meet(layer, `copying layer ${layer}`);
  }

  /** Tells of a layer that need not be copied. */
  thereAlready(layer: string): void {
    this.#meet(layer, `layer ${layer} is in the registry already`);
  }

  /** So many bytes of a layer are copied. */
  copied(layer: string, done: number, total: number): void {
    this.begun(layer);
    const state = this.#layers.get(layer);
    if (state === undefined) return;
    // Docker counts what it reads, and its total is an estimate.
    Object.assign(state, { done: Math.min(done, total), total });
    this.#report(layer, state);
  }

  /** All of a layer is copied. May be told again and again. */
  ended(layer: string): void {
    this.begun(layer);
    const state = this.#layers.get(layer);
    if (state === undefined || (state.done === state.total && state.reported > 0)) return;
    state.done = state.total;
    this.#report(layer, state);
  }

  #meet(layer: string, message: string): void {
    if (this.#layers.has(layer)) return;
    this.#layers.set(layer, { done: 0, total: 0, reported: -Infinity });
    this.#progress(message);
  }

  #report(layer: string, state: Layer): void {
    const { done, total } = state;
    const now = this.#now();
    if (total === 0 || (done < total && now - state.reported < reportEvery)) return;
    state.reported = now;
    this.#progress(
      `layer ${layer}: ${megabytes(done)} of ${megabytes(total)} MB`,
      bytes(`layer ${layer}`, done, total),
    );
    const all = [...this.#layers.values()];
    const sum = (of: "done" | "total") => all.reduce((bytesSoFar, each) => bytesSoFar + each[of], 0);
    const [sent, known] = [sum("done"), sum("total")];
    if (all.filter((each) => each.total > 0).length > 1)
      this.#progress(`image: ${megabytes(sent)} of ${megabytes(known)} MB`, bytes("image", sent, known));
  }
}

function bytes(of: string, done: number, total: number): Extent {
  return { of, done, total, unit: "bytes" };
}

function megabytes(n: number): string {
  return (n / 1e6).toFixed(1);
}
