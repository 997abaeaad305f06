import { setTimeout as sleep } from "node:timers/promises";

export interface Waiting<Value> {
  /** Looks at the world: the value, or why it is not there yet. What it throws is final. */
  readonly look: (signal: AbortSignal | undefined) => Promise<Look<Value>>;
  /** Milliseconds between two looks. */
  readonly every: number;
  /** Milliseconds until it is given up. */
  readonly within: number;
  readonly signal?: AbortSignal | undefined;
  /** What to throw then. Default: TimedOut. */
  readonly late?: ((reason: string) => unknown) | undefined;
}

export type Look<Value> = { readonly value: Value } | { readonly reason: string };

export class TimedOut extends Error {
  override readonly name = "TimedOut";
  /** What the last look gave as the reason. */
  readonly reason: string;

  constructor(reason: string, within: number) {
    super(`${reason} (after ${within / 1000} s)`);
    this.reason = reason;
  }
}

/**
 * Looks until there is a value. For what the world does not tell by itself; where it does, watch. The last look begins
 * after the deadline, so that a busy machine gets the chance it was promised.
 */
export async function until<Value>({ look, every, within, signal, late }: Waiting<Value>): Promise<Value> {
  const deadline = performance.now() + within;
  for (;;) {
    signal?.throwIfAborted();
    const isLast = performance.now() >= deadline;
    const seen = await look(signal);
    if ("value" in seen) return seen.value;
    if (isLast) throw late?.(seen.reason) ?? new TimedOut(seen.reason, within);
    await sleep(Math.min(every, Math.max(0, deadline - performance.now())), undefined, { signal });
  }
}
