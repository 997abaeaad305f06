import { removeLeftScript } from "./holder-script.js";
import type { CanaryHost } from "./stand.js";

/** Removes what a killed canary has left on the host; leaves one alone that is at work, whichever lab's. */
export async function removeLeftCanary(host: CanaryHost): Promise<void> {
  await host.run("sh", ["-c", removeLeftScript]);
}
