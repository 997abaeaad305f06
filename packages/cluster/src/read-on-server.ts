import type { Lab } from "@k3s-lab/lab";
import { type Driver, openDriver, readStopped } from "@k3s-lab/machines";

/**
 * Reads a file of the lab's server, from its disk where it does not run; undefined where there is none, or it may not be
 * entered.
 */
export async function readOnServer(
  lab: Lab,
  path: string,
  driver: Pick<Driver, "exec"> = openDriver(lab),
): Promise<string | undefined> {
  const server = lab.config.nodes.find(({ role }) => role === "server");
  if (server === undefined) return undefined;
  try {
    return (await driver.exec(server.name, ["cat", path])).stdout;
  } catch {
    return readStopped(lab, server.name, path);
  }
}
