import { setTimeout as sleep } from "node:timers/promises";
import { type Attempt, connectBy } from "./connect.js";
import { type Judgement, judge, portOf, type SourceName } from "./judge.js";
import { controlPort, times } from "./names.js";
import { type CanaryHost, setUpCanary } from "./set-up-canary.js";

export interface Source extends SourceName {
  /** Makes one attempt by TCP and gives it up within a second or so; must not go on after it has settled. */
  connect(address: string, port: number, signal: AbortSignal): Promise<Attempt>;
}

export interface CanaryOptions {
  readonly host: CanaryHost;
  /** An address of the service CIDR that no service has. */
  readonly target: string;
  readonly sources: readonly Source[];
  /** The VIFs of the host, except the uplink: what goes into one of them is refused and counted, too. */
  readonly vifs?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface CanaryRun extends Judgement {
  readonly target: string;
  /** Time from the first program to the last. */
  readonly milliseconds: number;
}

/**
 * Makes the experiment. The host gets a link to one service address that no service has, like a VIF's but narrower, so
 * that it wins over the routes of every VIF in the main table; it counts what arrives and refuses it. Then every source
 * connects to that address, all at once. What the canary counts is what a VIF would have got.
 *
 * A lab's traffic is looked up in a table of its own, which the canary is not in. That is the very protection to be
 * proven: the routes of a VIF are in the main table, too. IPv4 only, like everything that a lab maps.
 */
export async function runCanary(options: CanaryOptions): Promise<CanaryRun> {
  const { host, target, sources, vifs = [], signal = new AbortController().signal } = options;
  const started = performance.now();
  await using canary = await setUpCanary(host, { target, vifs, signal });
  const attempts = await Promise.all(
    sources.map(async ({ name, kind, ...source }, index) => ({
      name,
      kind,
      ...(await settled(() => source.connect(target, portOf(index), signal), signal)),
    })),
  );
  // A program that accepts first dials later, perhaps only now: the canary must still exist then.
  if (attempts.some(({ outcome }) => outcome === "open" || outcome === "timed out"))
    await sleep(times.loose * 1000, undefined, { signal });
  // Last, so that it proves that the canary counted all the time before.
  const control = await settled(() => connectBy(host.run)(target, controlPort, signal), signal);
  const counts = await canary.end();
  const milliseconds = Math.round(performance.now() - started);
  return { target, milliseconds, ...judge({ attempts, control, counts, vifs }) };
}

/** A source that could not even try is reported, and does not end the other sources' attempts. */
async function settled(attempt: () => Promise<Attempt>, signal: AbortSignal): Promise<Attempt> {
  try {
    return await attempt();
  } catch (error) {
    if (signal.aborted) throw error;
    return { outcome: "failed", why: error instanceof Error ? error.message : String(error) };
  }
}
