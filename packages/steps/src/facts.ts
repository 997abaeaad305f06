/**
 * What has been read of the world. Each fact is read once, however many steps ask for it, and again after an action,
 * which may have changed it: the engine forgets, so no step has to remember to.
 */
export class Facts {
  readonly signal: AbortSignal;
  readonly #known = new Map<string, Promise<unknown>>();
  readonly #begun = performance.now();
  #isUntouched = true;

  constructor(signal: AbortSignal = new AbortController().signal) {
    this.signal = signal;
  }

  /** Returns what `read` finds. A name stands for one thing of the world: all who use it must read the same. */
  get<Value>(name: string, read: (facts: Facts) => Promise<Value>): Promise<Value> {
    const known = this.#known.get(name);
    if (known !== undefined) return known as Promise<Value>;
    const reading = read(this);
    this.#known.set(name, reading);
    // A failure is no fact: those who wait for it are told, and the next who asks reads again.
    reading.catch(() => {
      if (this.#known.get(name) === reading) this.#known.delete(name);
    });
    return reading;
  }

  /** Returns what has been read by now; undefined where nobody has asked for it. */
  known<Value>(name: string): Promise<Value> | undefined {
    return this.#known.get(name) as Promise<Value> | undefined;
  }

  /** Whether no action has been carried out yet in this run: what is expensive to ask is worth asking along. */
  get isUntouched(): boolean {
    return this.#isUntouched;
  }

  /** Milliseconds since the run began: what is younger was made by this run. */
  get elapsed(): number {
    return performance.now() - this.#begun;
  }

  forget(): void {
    this.#isUntouched = false;
    this.#known.clear();
  }
}
