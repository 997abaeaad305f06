import { run } from "@k3s-lab/exec";
import { missingPrograms, caller } from "@k3s-lab/host";
import { parseTelepresence, type TelepresenceSeen } from "./telepresence-seen.js";

/** It asks its daemons, which answers in a fraction of a second, or not at all. */
const timeout = 10_000;

/**
 * What Telepresence says of itself; undefined where it is not installed. `status` only asks daemons that run, and starts
 * none; it is asked as the person who called, since a user's daemon answers its user.
 */
export async function readTelepresence(signal: AbortSignal): Promise<readonly TelepresenceSeen[] | undefined> {
  const program = { name: "telepresence", package: "telepresence", why: "" };
  if (missingPrograms([program]).length > 0) return undefined;
  const { uid, gid, home, isRoot } = caller();
  const { stdout } = await run("telepresence", ["status", "--output", "json"], {
    timeout,
    signal,
    ...(isRoot && uid !== 0 ? { user: { uid, gid }, env: { HOME: home, XDG_CONFIG_HOME: undefined } } : {}),
  });
  return parseTelepresence(stdout);
}
