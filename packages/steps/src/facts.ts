/**
 * What has been read of the world. Each fact is read once, however many steps ask for it, and again after an action,
 * which may have changed it: the engine forgets, so nobody else has to remember to.
 */
export class Facts {
  readonly signal: AbortSignal;
  readonly #known = new Map<string, Promise<unknown>>();

  constructor(signal: AbortSignal = new AbortController().signal) {
    this.signal = signal;
  }

  /** What `read` finds. `name` stands for one thing of the world: whoever uses it reads the same. */
  get<Value>(name: string, read: (facts: Facts) => Promise<Value>): Promise<Value> {
    const known = this.#known.get(name);
    if (known !== undefined) return known as Promise<Value>;
    const reading = read(this);
    this.#known.set(name, reading);
    // A failure is told to whoever asked, and is no fact: the next one who asks reads again.
    reading.catch(() => {
      if (this.#known.get(name) === reading) this.#known.delete(name);
    });
    return reading;
  }

  forget(): void {
    this.#known.clear();
  }
}
