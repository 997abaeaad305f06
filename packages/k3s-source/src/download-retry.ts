import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "@k3s-lab/problem";
import { reasonOf } from "./http.js";

/** How often in a row an attempt may fail without having come any further. */
const fruitless = 4;

export interface RetryOptions {
  readonly url: string;
  readonly signal?: AbortSignal | undefined;
  /** How far it has come: an attempt that gets further than the last does not count as failed. */
  reached?(): number;
  /** Milliseconds before the first other attempt; each further one waits twice as long. */
  readonly pause?: number;
  /** Called before another attempt. */
  onRetry?(reason: string): void;
}

/** Tries again what a network may have interrupted; a Problem is final. */
export async function retryDownload<Result>(attempt: () => Promise<Result>, options: RetryOptions): Promise<Result> {
  const { url, signal, reached = () => 0, pause = 500, onRetry } = options;
  for (let failures = 0, furthest = reached(); ;) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof Problem || signal?.aborted) throw error;
      const now = reached();
      // Not compared with the attempt before: a server that always begins again would seem to come further each time.
      failures = now > furthest ? 0 : failures + 1;
      furthest = Math.max(now, furthest);
      if (failures === fruitless) throw cut(url, now, error);
      onRetry?.(reasonOf(error));
      await sleep(pause * 2 ** Math.max(failures - 1, 0), undefined, { signal });
    }
  }
}

function cut(url: string, bytes: number, cause: unknown): Problem {
  const what = bytes === 0 ? "cannot be downloaded" : `was cut after ${bytes} bytes and cannot be taken up again`;
  return new Problem("LAB-SRC-010", url, `${what}: ${reasonOf(cause)}`, {
    remedy: "Check the network and HTTPS_PROXY, then run the command again: it continues where it stopped.",
    cause,
  });
}
