import { setTimeout as sleep } from "node:timers/promises";

export interface UntilOptions<Value> {
  /** Looks at the world once. What it throws is final. */
  readonly look: (signal: AbortSignal | undefined) => Promise<Look<Value>>;
  /** Milliseconds between two looks. */
  readonly every: number;
  /** Milliseconds until the wait is given up. */
  readonly within: number;
  readonly signal?: AbortSignal | undefined;
  /** Makes the error that is thrown then, of the last reason; what it needs may have to be asked for. Default: TimedOut. */
  readonly late?: ((reason: string) => unknown) | undefined;
}

/** The value that is waited for, or why it does not exist yet. */
export type Look<Value> = { readonly value: Value } | { readonly reason: string };

/** A wait that was given up. */
export class TimedOut extends Error {
  override readonly name = "TimedOut";
  /** The reason that the last look gave. */
  readonly reason: string;

  constructor(reason: string, within: number) {
    super(`${reason} (after ${within / 1000} s)`);
    this.reason = reason;
  }
}

/**
 * Looks until there is a value, and resolves with it. For what the world does not report by itself; where it does, watch.
 * The last look begins after the deadline, so that a busy machine gets all the time that it was promised.
 */
export async function until<Value>({ look, every, within, signal, late }: UntilOptions<Value>): Promise<Value> {
  const deadline = performance.now() + within;
  for (;;) {
    signal?.throwIfAborted();
    const isLast = performance.now() >= deadline;
    const seen = await look(signal);
    if ("value" in seen) return seen.value;
    if (isLast) throw (await late?.(seen.reason)) ?? new TimedOut(seen.reason, within);
    await sleep(Math.min(every, Math.max(0, deadline - performance.now())), undefined, { signal });
  }
}
