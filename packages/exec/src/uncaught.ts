import { constants } from "node:os";
import { type Failure, failureOf } from "@k3s-lab/problem";
import { endAll } from "./tree.js";

/**
 * Makes this process end like any command that fails, whatever happens: what nobody has caught is told by `tell` and not by a
 * stack, what it has started is ended, and Node's own warnings are kept for those who look for a defect (K3S_LAB_DEBUG). A
 * reader that has gone, such as `head`, ends it without a word, as it ends any program.
 */
export function tellUncaught(tell: (failure: Failure) => void = ({ message }) => console.error(message)): void {
  if (!process.env.K3S_LAB_DEBUG) process.removeAllListeners("warning");
  const end = (exitCode: number) => {
    endAll();
    process.exit(exitCode);
  };
  const fail = (error: unknown) => {
    const failure = failureOf(error);
    tell(failure);
    end(failure.exitCode);
  };
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") return end(128 + constants.signals.SIGPIPE);
      // Where standard error is the one that fails, nobody can be told.
      return stream === process.stdout ? fail(error) : end(1);
    });
  }
}
