import { shellArgv } from "./shell.js";

/** Returns the command that, in the machine, makes a file of what comes by a descriptor: 0 is standard input. */
export function writeArgv(file: string, mode: number, descriptor = 0): readonly string[] {
  return [...shellArgv("write-file.sh"), file, mode.toString(8), String(descriptor)];
}
