import { dirname, resolve } from "node:path";
import { caller } from "@k3s-lab/host";
import type { Lab } from "./lab.js";

/**
 * Returns the absolute path of a file or folder of the host that lab.yaml names: it begins at lab.yaml's own folder, or with
 * "~/" at the home of the user who called, also under sudo. In lab.yaml no shell replaces that.
 */
export function namedPath({ file }: Pick<Lab, "file">, written: string, env?: NodeJS.ProcessEnv): string {
  return pathFrom(dirname(file), written, env);
}

/** Returns the absolute path of what a person has written where no shell replaces "~/": it begins at `folder`, or at home. */
export function pathFrom(folder: string, written: string, env?: NodeJS.ProcessEnv): string {
  return written === "~" || written.startsWith("~/")
    ? resolve(caller(env).home, `./${written.slice(2)}`)
    : resolve(folder, written);
}
