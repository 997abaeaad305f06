import { fileURLToPath } from "node:url";
import { runDir } from "./names.js";

const script = fileURLToPath(new URL("../programs/as-user.sh", import.meta.url));
const repository = fileURLToPath(new URL("../../../", import.meta.url));

/**
 * Returns the command line that runs Node as another user with these arguments, in the folder of the repository. Root
 * starts it. That user need not be allowed to enter the folders that the repository and Node are in.
 */
export function asUser(uid: number, args: readonly string[]): readonly [string, readonly string[]] {
  const places = [runDir, String(uid), repository, process.execPath];
  return ["unshare", ["--mount", "--propagation", "private", "sh", script, ...places, ...args]];
}
