import type { Lab } from "@k3s-lab/lab";
import { type Step, step } from "@k3s-lab/steps";
import type { Kube } from "../kube.js";
import type { Nodes } from "../node/nodes.js";
import { k3sPaths } from "../paths.js";
import { findLoss, type Loss, lossProblem, mayResetQuorum } from "../quorum.js";
import { shellArgv } from "../shell.js";
import { doesNotRun } from "./start-service.js";

/** Milliseconds. */
const timeout = 180_000;

/**
 * Where more than half of the servers have lost their disks, and somebody asks for it: makes one that is left the only member
 * of the store, as K3s' documentation has it. All others join it as new ones.
 */
export function resetQuorumStep(lab: Lab, nodes: Nodes, kube: Kube): Step {
  return step<Loss | undefined>({
    id: "reset-quorum",
    title: "Reset the quorum",
    observe: async (facts) => (mayResetQuorum() ? findLoss(lab, nodes.servers, await kube.see(facts)) : undefined),
    plan: (loss) => {
      if (loss === undefined) return [];
      const [first, ...others] = loss.left;
      if (first === undefined) return lossProblem(loss);
      return [
        {
          on: first,
          kind: "change",
          destroys: `what ${first} has not got of the cluster's last changes`,
          sentence: `${first}: go on as the only server, and forget ${[...loss.lost, ...others].join(", ")}`,
          // The API answers only once K3s is started again.
          unobservable: true,
          run: async ({ signal }) => {
            for (const name of others) await reset(nodes, name, "forget", signal);
            await reset(nodes, first, "reset", signal);
          },
        },
      ];
    },
  });
}

async function reset(nodes: Nodes, name: string, how: "reset" | "forget", signal: AbortSignal): Promise<void> {
  const { service, manager } = nodes.service(name);
  const args = [how, manager.stopScript(service), k3sPaths.binary, k3sPaths.server];
  try {
    await nodes.driver.exec(name, [...shellArgv("reset-quorum"), ...args], { signal, timeout: nodes.within(timeout) });
  } catch (cause) {
    signal.throwIfAborted();
    throw await doesNotRun(nodes, name, "its store cannot be made the only one", cause);
  }
}
