import type { run } from "@k3s-lab/exec";
import { times } from "./names.js";

/** What became of one attempt to connect. */
export interface Attempt {
  readonly outcome: "refused" | "unreachable" | "timed out" | "open" | "absent" | "failed";
  /** Of what has failed, or is absent. */
  readonly why?: string;
}

/** Starts a program where the attempt is to come from. */
export type Run = (...args: Parameters<typeof run>) => Promise<{ readonly stdout: string }>;

/** A source that connects by a shell wherever `run` starts programs. */
export function connectBy(run: Run) {
  return async (address: string, port: number, signal: AbortSignal): Promise<Attempt> => {
    const args = ["-c", connectScript(address, port)];
    return parseAttempt((await run("sh", args, { signal, timeout: times.source * 1000 })).stdout);
  };
}

/**
 * Shell that makes one attempt and prints `attempt <outcome>`. It ends by itself: who has started it may have been
 * killed. Debian's bash opens sockets, busybox brings nc; a shell has no other way.
 */
function connectScript(address: string, port: number): string {
  const bash = `timeout ${times.connect} bash -c 'exec 3<>/dev/tcp/${address}/${port}' 2>&1 </dev/null`;
  // Busybox takes no fractions.
  const nc = `nc -w ${Math.ceil(times.connect)} ${address} ${port} 2>&1 </dev/null`;
  return `export LC_ALL=C
if command -v bash >/dev/null; then said=$(${bash})
elif command -v nc >/dev/null; then said=$(${nc})
else echo 'attempt failed: it has neither bash nor nc'; exit
fi
case $?:$said in
  0:*) echo attempt open ;;
  *refused*) echo attempt refused ;;
  *nreachable*|*'No route to host'*) echo attempt unreachable ;;
  124:*|143:*|*'timed out'*) echo attempt timed out ;;
  *) echo "attempt failed: $said" ;;
esac
`;
}

export function parseAttempt(output: string): Attempt {
  const [, outcome, why] =
    /^attempt (refused|unreachable|timed out|open|absent|failed)(?:: (.*))?$/m.exec(output) ?? [];
  if (outcome === undefined) return { outcome: "failed", why: "it said nothing" };
  return { outcome: outcome as Attempt["outcome"], ...(why ? { why } : {}) };
}
