import type { Lab } from "@k3s-lab/lab";
import { type Step, step } from "@k3s-lab/steps";
import type { Kube } from "../kube.js";
import { recordMembers } from "../members.js";
import type { Nodes } from "../node/nodes.js";
import { k3sPaths, labPaths } from "../paths.js";
import { findLoss, findMoved, type Loss, lossProblem, mayResetQuorum } from "../quorum.js";
import { shellArgv } from "../shell.js";
import { doesNotRun } from "./start-service.js";

/** Milliseconds. */
const timeout = 180_000;

interface Seen {
  readonly loss: Loss | undefined;
  readonly moved: string | undefined;
}

/**
 * Makes the store of one server the only one, as K3s' documentation has it, and all others join it as new ones: where more than half
 * of the servers have lost their disks, and somebody asks for it; and where a snapshot was restored at other addresses.
 */
export function resetQuorumStep(lab: Pick<Lab, "state">, nodes: Nodes, kube: Kube): Step {
  return step<Seen>({
    id: "reset-quorum",
    title: "Reset the quorum",
    observe: async (facts) => {
      const seen = await kube.see(facts);
      const loss = mayResetQuorum() ? findLoss(lab, nodes.servers, seen) : undefined;
      return { loss, moved: findMoved(nodes.servers, seen) };
    },
    plan: ({ loss, moved }) => {
      if (moved !== undefined) {
        return [
          {
            on: moved,
            kind: "change",
            sentence: `${moved}: go on as the only server, since the addresses of all were others`,
            run: ({ signal }) => goOnAlone(lab, nodes, moved, signal),
          },
        ];
      }
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
            await goOnAlone(lab, nodes, first, signal);
          },
        },
      ];
    },
  });
}

async function goOnAlone(lab: Pick<Lab, "state">, nodes: Nodes, name: string, signal: AbortSignal): Promise<void> {
  await reset(nodes, name, "reset", signal);
  // None of the others is missed any more.
  recordMembers(lab, [name]);
}

async function reset(nodes: Nodes, name: string, how: "reset" | "forget", signal: AbortSignal): Promise<void> {
  const { service, manager } = nodes.service(name);
  const { binary, server, joinToken } = k3sPaths;
  const args = [how, manager.stopScript(service), binary, server, labPaths.movedStore, joinToken];
  try {
    await nodes.driver.exec(name, [...shellArgv("reset-quorum"), ...args], { signal, timeout: nodes.within(timeout) });
  } catch (cause) {
    signal.throwIfAborted();
    throw await doesNotRun(nodes, name, "its store cannot be made the only one", cause);
  }
}
