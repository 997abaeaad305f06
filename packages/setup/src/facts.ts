import { totalmem } from "node:os";
import { type Host, probeHost } from "@k3s-lab/host-network";
import type { MachineProvider } from "@k3s-lab/lab";
import { type DriverOffer, offerDrivers, seeDrivers } from "@k3s-lab/machines";

/** What the host is like, as far as the questions go by it. */
export interface SetupFacts {
  readonly host: Host;
  readonly drivers: readonly DriverOffer[];
  /** What `machines.provider: auto` comes to here. */
  readonly auto: MachineProvider;
  /** Megabytes of the host. */
  readonly memory: number;
}

/** Looks at the host; changes nothing, needs no root. */
export async function seeHostForSetup(auto: MachineProvider): Promise<SetupFacts> {
  const [host, drivers] = await Promise.all([probeHost(), seeDrivers()]);
  return { host, drivers: offerDrivers(drivers), auto, memory: Math.floor(totalmem() / 2 ** 20) };
}
