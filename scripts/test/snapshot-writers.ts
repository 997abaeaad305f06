// Programs in a lab that write without end, and tell of each number that they have written.
import type { DrivenLab } from "./drive-lab.js";

export interface Written {
  readonly number: number;
  /** Milliseconds since 1970, by the clock that the lab and the test share. */
  readonly at: number;
}

export interface Writer extends AsyncDisposable {
  /** What was acknowledged until now. */
  readonly written: readonly Written[];
  /** Milliseconds between two acknowledgements, at most. */
  longestPause(): number;
}

/** Starts a script on a node that prints a line "NUMBER NANOSECONDS" for each number that was written for good. */
export async function startWriter(lab: Pick<DrivenLab, "npm">, node: string, script: string): Promise<Writer> {
  const written: Written[] = [];
  const over = new AbortController();
  const running = lab.npm("lab:exec", [node, "bash", "-c", script], {
    signal: over.signal,
    onLine: (line) => {
      const [, number, nanoseconds] = /^(\d+) (\d+)$/.exec(line) ?? [];
      if (nanoseconds !== undefined) written.push({ number: Number(number), at: Number(nanoseconds) / 1e6 });
    },
  });
  running.catch(() => {});
  return {
    written,
    longestPause: () =>
      Math.round(written.reduce((most, { at }, index) => Math.max(most, at - (written[index - 1]?.at ?? at)), 0)),
    async [Symbol.asyncDispose]() {
      over.abort();
      await running.catch(() => {});
    },
  };
}
