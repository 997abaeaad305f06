import { docker } from "@k3s-lab/docker";
import { type Step, step } from "@k3s-lab/steps";
import { relayContainer } from "../drivers/docker/names.js";
import { type RelayState, relayState, seeRelay, startRelay } from "../drivers/docker/relay.js";
import type { Machines } from "../machine.js";

/** The relay by which a host of Docker's reaches several servers, whichever of them runs. */
export function startRelayStep(labId: string, wanted: Machines): Step {
  return step<RelayState>({
    id: "start-relay",
    title: "Start the relay",
    observe: () => relayState(labId, wanted),
    plan: (state) => {
      if (state === "running") return [];
      const isThere = state !== "absent";
      return [
        {
          on: "host",
          kind: state === "outdated" ? "restart" : isThere ? "change" : "make",
          ...(state === "outdated" && { interrupts: "connections of this host to the API and the registry" }),
          sentence: `host: ${verbs[state]} the relay from 127.0.0.1 to the servers' address ${wanted.sharedAddress}`,
          run: ({ signal }) => startRelay(labId, wanted, signal),
        },
      ];
    },
  });
}

const verbs = { absent: "make", outdated: "make anew", stopped: "start" } as const;

/** Stops the relay of a lab whose machines have been stopped. */
export function stopRelayStep(labId: string): Step {
  return step<boolean>({
    id: "stop-relay",
    title: "Stop the relay",
    observe: async () => (await seeRelay(labId))?.State.Status === "running",
    plan: (isRunning) =>
      isRunning
        ? [
            {
              on: "host",
              kind: "change",
              sentence: "host: stop the relay to the servers' address",
              run: async () => {
                await docker(["stop", relayContainer(labId)]);
              },
            },
          ]
        : [],
  });
}
