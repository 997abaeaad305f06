import { PassThrough } from "node:stream";
import { CommandFailed, type run } from "@k3s-lab/exec";
import { Problem } from "@k3s-lab/problem";
import { type Count, parseCounts } from "./counts.js";
import { canaryAddress, times } from "./names.js";
import { renderCanary } from "./ruleset.js";
import { canaryArgs } from "./shell.js";

/** Runs programs as root in the network of the host. */
export interface CanaryHost {
  run(...args: Parameters<typeof run>): ReturnType<typeof run>;
}

/** A canary on the host, until it is disposed of. */
export interface Canary extends AsyncDisposable {
  /** Removes it and resolves with what it has counted. To be called once no attempt is under way any more. */
  end(): Promise<readonly Count[]>;
}

export interface SetUpOptions {
  readonly target: string;
  /** Links of the host that are refused and counted like the canary's own. */
  readonly vifs: readonly string[];
  readonly signal: AbortSignal;
}

/** The exit code of a holder that has waited in vain for another doctor's canary. */
const busy = 75;

/** Sets up a canary and resolves when it counts; waits for another one that is at work. */
export async function setUpCanary(host: CanaryHost, { target, vifs, signal }: SetUpOptions): Promise<Canary> {
  const input = new PassThrough();
  let taken = false;
  let ready: () => void;
  const isReady = new Promise<void>((resolve) => (ready = resolve));
  const onLine = (line: string) => {
    if (line === "taken") taken = true;
    if (line === "ready") ready();
  };
  const numbers = [times.life, times.other * 10, busy].map(String);
  const args = canaryArgs("hold", renderCanary(target, vifs), target, canaryAddress, ...numbers);
  const holding = host
    .run("sh", args, {
      inputStream: input,
      onLine,
      signal,
      timeout: (times.other + times.life + 5) * 1000,
    })
    .catch(async (error: unknown) => {
      if (!(error instanceof CommandFailed)) throw error;
      if (error.exit === busy) {
        throw new Problem("LAB-DOC-005", "host", "another doctor is making its experiment", {
          remedy: "Wait until it has ended.",
          cause: error,
        });
      }
      // A holder that was killed could not remove its canary; one that failed by itself has done so.
      if (taken && error.exit === undefined) await host.run("sh", canaryArgs("remove-killed"));
      if (signal.aborted) throw error;
      const what = `the canary could not be set up: ${error.stderr.trim() || error.what}`;
      throw new Problem("LAB-DOC-006", "host", what, { cause: error });
    });
  // The caller awaits `holding` only at the end: a holder that is killed before must not be an unhandled rejection.
  const over = Promise.allSettled([holding]);
  await Promise.race([isReady, holding]);
  return {
    async end() {
      input.end("end\n");
      const { stdout } = await holding;
      return parseCounts(stdout.slice(stdout.indexOf("{")));
    },
    async [Symbol.asyncDispose]() {
      input.end();
      await over;
    },
  };
}
