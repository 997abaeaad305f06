import { measureBigPush } from "./big-push.js";
import { measureColdRuns } from "./cold-run.js";
import { measureRound } from "./measure-round.js";
import type { Round } from "./round.js";
import type { Row } from "./row.js";
import { tableOf } from "./table.js";

interface PartsOptions {
  readonly pushOf1Gb: boolean;
  readonly cold: boolean;
  readonly rounds: number;
  readonly signal: AbortSignal;
  tell(message: string): void;
}

/** Rounds that may fail in a run of a quarter of an hour: K3s is given 60 s by the raw chain, and does not always need less. */
const mostFailures = 2;

/** Measures the parts that were asked for; the table, where none was. */
export async function measureParts(options: PartsOptions): Promise<readonly Row[]> {
  const { pushOf1Gb, cold, rounds, signal, tell } = options;
  const parts: Row[] = [];
  if (cold) parts.push(...(await measureColdRuns({ signal, tell })));
  if (pushOf1Gb) parts.push(await measureBigPush({ rounds, signal, tell }));
  if (parts.length > 0) return parts;
  const measured: Round[] = [];
  let failures = 0;
  while (measured.length < rounds) {
    const round = measured.length + 1;
    try {
      const one = await measureRound({
        signal,
        sampleAll: round === 1,
        tell: (message) => tell(`round ${round} of ${rounds}: ${message}`),
      });
      measured.push(one);
    } catch (cause) {
      if (signal.aborted || ++failures > mostFailures) throw cause;
      tell(`round ${round} failed and is measured again: ${String(cause)}`);
    }
  }
  return tableOf(measured);
}
