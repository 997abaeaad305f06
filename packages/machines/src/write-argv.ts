import { shellArgv } from "./shell.js";

/** Returns the command that, in the machine, makes a file of standard input. */
export function writeArgv(file: string, mode: number): readonly string[] {
  return [...shellArgv("write-file.sh"), file, mode.toString(8)];
}
