import type { Lab } from "@k3s-lab/lab";
import { type Driver, openDriver } from "@k3s-lab/machines";

/** Reads a file of the lab's server; undefined where the server does not run, may not be entered, or has no such file. */
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
    return undefined;
  }
}
