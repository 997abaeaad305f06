import { type Lab, isVagrant } from "@k3s-lab/lab";
import { type Step, step } from "@k3s-lab/steps";
import type { Driver, MachineState } from "../driver.js";
import { openDriver } from "../open-driver.js";
import { machinesRecord } from "../record.js";
import { providerOf, standingOf } from "../standing.js";
import { stopRelayStep } from "./start-relay.js";

type Seen = readonly (readonly [name: string, state: MachineState])[];

/** Shuts down all machines of a lab: they keep their disks, addresses and names. */
export function stopMachines(
  lab: Pick<Lab, "id" | "config" | "state">,
  driver: Pick<Driver, "state" | "stop"> = openDriver(lab),
): readonly Step[] {
  const machines = lab.state.read(machinesRecord)?.machines ?? standingOf(lab)?.machines ?? [];
  const provider = providerOf(lab);
  return [
    step<Seen>({
      id: "stop-machines",
      title: "Stop machines",
      // Vagrant locks its folder while it works there.
      parallel: provider !== undefined && !isVagrant(provider),
      observe: () => Promise.all(machines.map(async ({ name }) => [name, await driver.state(name)] as const)),
      plan: (seen) =>
        seen
          .filter(([, state]) => state === "running")
          .map(([name]) => ({
            on: name,
            kind: "change",
            interrupts: name,
            sentence: `${name}: stop the machine`,
            run: () => driver.stop(name),
          })),
    }),
    ...(provider === "docker" ? [stopRelayStep(lab.id)] : []),
  ];
}
