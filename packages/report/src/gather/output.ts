import { CommandFailed, run, type RunOptions } from "@k3s-lab/exec";
import { Missing } from "../part.js";

/** Milliseconds that a part may take: a lab that is broken must not keep its report from being made. */
const patience = 60_000;

/** Returns everything that a program prints, whatever it ends with. */
export async function outputOf(
  [command = "", ...args]: readonly string[],
  options: Pick<RunOptions, "env" | "signal" | "cwd">,
): Promise<string> {
  try {
    const { stdout, stderr, exitCode } = await run(command, args, { ...options, timeout: patience, answers: "any" });
    const printed = [stdout, stderr].filter((text) => text !== "").join("\n");
    return exitCode === 0 ? printed : `${printed}\n(ended with exit code ${exitCode})`;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof CommandFailed) throw new Missing(`${command} ${error.what}`, { cause: error });
    throw error;
  }
}
