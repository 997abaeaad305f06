import { statSync } from "node:fs";
import { setInterval as every } from "node:timers/promises";
import type { Progress } from "@k3s-lab/steps";

interface Growing {
  /** What is done, for a person: "saving hello:1". */
  readonly message: string;
  /** How many bytes the file will have, as far as is known. */
  readonly total: number | undefined;
  readonly progress: Progress;
  /** Milliseconds between two looks; replaced by tests. */
  readonly lookEvery?: number;
}

/** Reports the bytes of a file while something else writes it: a program, or a daemon. Resolves with what is resolved. */
export async function tellGrowth<Result>(file: string, writing: Promise<Result>, growing: Growing): Promise<Result> {
  const { message, total, progress, lookEvery = 250 } = growing;
  const tell = (isDone: boolean) => {
    const done = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    // What a store says of an image's size is a little less than an archive of it has.
    const end = isDone ? done : total === undefined ? undefined : Math.max(total, done);
    progress(message, { done, total: end, unit: "bytes" });
  };
  const ended = new AbortController();
  const looking = (async () => {
    try {
      for await (const _ of every(lookEvery, undefined, { signal: ended.signal, ref: false })) tell(false);
    } catch {
      // Ended.
    }
  })();
  try {
    const result = await writing;
    tell(true);
    return result;
  } finally {
    ended.abort();
    await looking;
  }
}
