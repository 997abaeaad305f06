import { constants } from "node:os";
import { endAll } from "./tree.js";

const repeated = 1000;
let foregrounds = 0;

/** While a program has the terminal, Ctrl-C is the program's: a shell stays open, and so does what runs it. */
export function foreground(): Disposable {
  foregrounds++;
  return { [Symbol.dispose]: () => void foregrounds-- };
}

/**
 * Aborted by Ctrl-C, SIGTERM or a terminal that closes, after all that run() had started was ended: a child in a
 * process group of its own is told nothing by the terminal. Whoever catches the error may still start programs to tidy
 * up. A second signal ends this process at once; one that follows within a second is the same Ctrl-C, which npm,
 * turbo and the terminal each pass on.
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
