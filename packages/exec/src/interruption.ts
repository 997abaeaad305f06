import { constants } from "node:os";
import { endAll } from "./tree.js";

const repeated = 1000;
let foregrounds = 0;

/** Leaves Ctrl-C to the program that has the terminal: a shell stays open, and so does the command that runs it. */
export function foreground(): Disposable {
  foregrounds++;
  return { [Symbol.dispose]: () => void foregrounds-- };
}

/**
 * Returns the signal that Ctrl-C, SIGTERM or a terminal that closes aborts, after all that run() has started was ended:
 * the terminal tells nothing to a child in a process group of its own. What catches the error may still start programs
 * to tidy up. A second signal ends this process at once; one that follows within a second is the same Ctrl-C, which
 * npm, turbo and the terminal each pass on.
 */
export function interruption(now: () => number = () => performance.now()): AbortSignal {
  const controller = new AbortController();
  let first: number | undefined;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (name === "SIGINT" && foregrounds > 0) return;
      if (first !== undefined) {
        if (now() - first > repeated) process.exit(128 + constants.signals[name]);
        return;
      }
      first = now();
      controller.abort();
      endAll();
    });
  }
  return controller.signal;
}
