import { run } from "@k3s-lab/exec";
import { caller, isInstalled } from "@k3s-lab/host";
import { parseTelepresence, type TelepresenceSeen } from "./telepresence-seen.js";

/** Milliseconds: its daemons answer in a fraction of a second, or not at all. */
const timeout = 10_000;

/**
 * Reads the status of Telepresence; undefined where it is not installed. `status` only asks daemons that run, and starts
 * none; it runs as the user who called, since a user's daemon answers only its user.
 */
export async function readTelepresence(signal: AbortSignal): Promise<readonly TelepresenceSeen[] | undefined> {
  if (!isInstalled("telepresence")) return undefined;
  const { uid, gid, home, isRoot } = caller();
  const { stdout } = await run("telepresence", ["status", "--output", "json"], {
    timeout,
    signal,
    ...(isRoot && uid !== 0 ? { user: { uid, gid }, env: { HOME: home, XDG_CONFIG_HOME: undefined } } : {}),
  });
  return parseTelepresence(stdout);
}
