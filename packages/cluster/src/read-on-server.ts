import { type Lab, serverNames } from "@k3s-lab/lab";
import { type Driver, openDriver, readStopped } from "@k3s-lab/machines";

/**
 * Reads a file of the lab's server, or of the first of several that has it, from its disk where it does not run; undefined where there is none, or it may not be
 * entered.
 */
export async function readOnServer(
  lab: Lab,
  path: string,
  driver: Pick<Driver, "exec"> = openDriver(lab),
): Promise<string | undefined> {
  for (const name of serverNames(lab.config)) {
    try {
      return (await driver.exec(name, ["cat", path])).stdout;
    } catch {
      const text = readStopped(lab, name, path);
      if (text !== undefined) return text;
    }
  }
  return undefined;
}
