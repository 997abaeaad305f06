import type { Lab } from "@k3s-lab/lab";
import { machinesRecord, mayEnter, NotRunning, openDriver } from "@k3s-lab/machines";
import { failureOf } from "@k3s-lab/problem";

/** Says why kubectl got no answer where no server of the lab runs; nothing where one does, or where this user may not know. */
export async function tellNoServer(lab: Lab): Promise<void> {
  if (!mayEnter(lab)) return;
  const driver = openDriver(lab);
  const servers = lab.state.expect(machinesRecord).machines.filter(({ role }) => role === "server");
  const states = await Promise.all(servers.map(async ({ name }) => ({ name, state: await driver.state(name) })));
  const [first] = states;
  if (first === undefined || states.some(({ state }) => state === "running")) return;
  console.error(failureOf(new NotRunning(first.name, first.state)).message);
}
