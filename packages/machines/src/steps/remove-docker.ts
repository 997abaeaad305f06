import { labelled } from "@k3s-lab/docker";
import type { Lab } from "@k3s-lab/lab";
import { type Action, type Step, step } from "@k3s-lab/steps";
import { dockerDriver } from "../drivers/docker/driver.js";
import { removeContainer } from "../drivers/docker/create.js";
import { removeVolumes } from "../drivers/docker/remove-volumes.js";
import { labels, labLabel } from "../drivers/docker/names.js";
import { machinesRecord } from "../record.js";
import { removeNetwork } from "./docker-steps.js";
import { diskOf } from "./make-machines.js";

/** Takes all that Docker has of a lab off the host, found by the lab's id alone. Its image is every lab's, and stays. */
export function removeDocker(lab: Pick<Lab, "id" | "state">): readonly Step[] {
  const driver = dockerDriver(lab.id, () => lab.state.expect(machinesRecord));
  return [
    step<readonly string[]>({
      id: "remove-containers",
      title: "Remove containers",
      parallel: true,
      observe: () => driver.names(),
      plan: (names) =>
        names.map((name) => ({
          on: name,
          kind: "remove",
          destroys: diskOf(name),
          sentence: `${name}: end and remove the container`,
          run: () => driver.destroy(name),
        })),
    }),
    step<Left>({
      id: "remove-what-containers-left",
      title: "Remove what containers left",
      observe: async () => ({
        relays: await relaysOf(lab.id),
        networks: await namesOf("network", labLabel(lab.id)),
        volumes: await namesOf("volume", labLabel(lab.id)),
      }),
      plan: ({ relays, networks, volumes }) => [
        ...relays.map((name): Action => ({
          on: "host",
          kind: "remove",
          sentence: "host: remove the relay to the servers' address",
          run: () => removeContainer(name),
        })),
        ...networks.map((name): Action => ({
          on: "host",
          kind: "remove",
          sentence: `host: remove Docker's network ${name}`,
          run: () => removeNetwork(name),
        })),
        ...volumes.map((name): Action => ({
          on: "host",
          kind: "remove",
          sentence: `host: remove Docker's volume ${name}`,
          run: () => removeVolumes([name]),
        })),
      ],
    }),
  ];
}

async function namesOf(kind: "network" | "volume", label: string): Promise<readonly string[]> {
  return (await labelled(kind, label)).map(({ name }) => name);
}

/** Containers of the lab that are no node's. */
async function relaysOf(labId: string): Promise<readonly string[]> {
  const containers = await labelled("container", labLabel(labId));
  return containers.filter((container) => container.labels[labels.node] === undefined).map(({ name }) => name);
}

interface Left {
  readonly relays: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
}
