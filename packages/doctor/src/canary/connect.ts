import type { run } from "@k3s-lab/exec";
import { times } from "./names.js";
import { shellArgs } from "./shell.js";

/** The outcome of one attempt to connect. */
export interface Attempt {
  readonly outcome: "refused" | "unreachable" | "timed out" | "open" | "absent" | "failed";
  /** Why it failed, or was not made. */
  readonly why?: string;
}

/** Starts a program where the attempt is to come from. */
export type Run = (...args: Parameters<typeof run>) => Promise<{ readonly stdout: string }>;

/** Makes a source that connects by a shell wherever `run` starts programs. */
export function connectBy(run: Run) {
  return async (address: string, port: number, signal: AbortSignal): Promise<Attempt> => {
    const args = shellArgs("connect", [address, String(port), String(times.connect)]);
    return parseAttempt((await run("sh", args, { signal, timeout: times.source * 1000 })).stdout);
  };
}

/** Makes `run` start programs in the network of a pod of the machine on which it starts them. */
export function inPod(run: Run): Run {
  return (command, args, options) => run("sh", shellArgs("pod-network", [command, ...args]), options);
}

export function parseAttempt(output: string): Attempt {
  const [, outcome, why] =
    /^attempt (refused|unreachable|timed out|open|absent|failed)(?:: (.*))?$/m.exec(output) ?? [];
  if (outcome === undefined) return { outcome: "failed", why: "it printed no outcome" };
  return { outcome: outcome as Attempt["outcome"], ...(why && { why }) };
}
