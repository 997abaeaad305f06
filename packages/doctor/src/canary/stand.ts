import { PassThrough } from "node:stream";
import { CommandFailed, type run } from "@k3s-lab/exec";
import { Problem } from "@k3s-lab/problem";
import { type Count, parseCounts } from "./counts.js";
import { busy, holderScript, removeKilledScript } from "./holder-script.js";
import { times } from "./names.js";

/** Runs programs as root in the network of the host. */
export interface CanaryHost {
  run(...args: Parameters<typeof run>): ReturnType<typeof run>;
}

/** A canary that stands on the host, until it is disposed of. */
export interface Standing extends AsyncDisposable {
  /** Removes it and resolves with what it has counted. To be called when no attempt is under way any more. */
  end(): Promise<readonly Count[]>;
}

export interface StandOptions {
  readonly target: string;
  /** Links of the host that are refused and counted like the canary's own. */
  readonly vifs: readonly string[];
  readonly signal: AbortSignal;
}

/** Resolves when the canary stands; waits for another one that is at work. */
export async function standCanary(host: CanaryHost, { target, vifs, signal }: StandOptions): Promise<Standing> {
  const input = new PassThrough();
  let taken = false;
  let ready: () => void;
  const isReady = new Promise<void>((resolve) => (ready = resolve));
  const onLine = (line: string) => {
    if (line === "taken") taken = true;
    if (line === "ready") ready();
  };
  const holding = host
    .run("sh", ["-c", holderScript(target, vifs)], {
      inputStream: input,
      onLine,
      signal,
      timeout: (times.patience + times.life + 5) * 1000,
    })
    .catch(async (error: unknown) => {
      throw await explained(error);
    });
  async function explained(error: unknown): Promise<unknown> {
    if (!(error instanceof CommandFailed)) return error;
    if (error.exit === busy) {
      return new Problem("LAB-DOC-005", "host", "another doctor is at work on it", {
        remedy: "Wait for it to end.",
        cause: error,
      });
    }
    // A holder that was killed could not tidy up; one that has failed by itself has.
    if (taken && error.exit === undefined) await host.run("sh", ["-c", removeKilledScript]);
    if (signal.aborted) return error;
    const what = `the canary could not be set up: ${error.stderr.trim() || error.what}`;
    return new Problem("LAB-DOC-006", "host", what, { cause: error });
  }
  // Whoever awaits it hears of it; a holder that is killed while attempts are under way has nobody yet.
  const over = holding.then(
    () => undefined,
    () => undefined,
  );
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
