import { type Api, fieldManager } from "@k3s-lab/kube";
import type { Lab } from "@k3s-lab/lab";
import type { HostAlias } from "@k3s-lab/machines";
import type { ContributedObject } from "@k3s-lab/stages";
import { type Action, type Step, step } from "@k3s-lab/steps";
import { serverTokenFiles } from "../config/node-files.js";
import type { Kube } from "../kube.js";
import { hasRun, nothingSeen, type NodeSeen } from "../node/node-seen.js";
import type { Nodes } from "../node/nodes.js";
import { readSecrets, type Secrets } from "../secrets.js";
import { startAgent, untilReady } from "./join-agents.js";
import { nameHostsAction } from "./name-hosts.js";
import { askKubeconfig, untilApiAnswers } from "./start-server.js";
import { startService } from "./start-service.js";

interface Seen {
  readonly nodes: ReadonlyMap<string, NodeSeen>;
  readonly secrets: Secrets | undefined;
}

export interface FirstStart {
  readonly aliases: readonly HostAlias[];
  readonly objects: readonly ContributedObject[];
}

/**
 * A cluster that has never run: K3s on its first server and all its agents at once. Their server's authority was made before, so the agents'
 * token is known; they join as soon as the API answers. In any other cluster a node may have to be forgotten before its
 * agent starts, and a step for each of these does it.
 */
export function startClusterStep(lab: Lab, nodes: Nodes, kube: Kube, first: FirstStart): Step {
  return step<Seen>({
    id: "start-the-cluster",
    title: "Start the cluster",
    parallel: true,
    observe: async (facts) => ({ nodes: await nodes.seeAll(facts), secrets: readSecrets(lab) }),
    plan: ({ nodes: all, secrets }) => {
      const server = all.get(kube.server) ?? nothingSeen;
      const isOld = nodes.servers.some((name) => hasRun(all.get(name) ?? nothingSeen));
      if (isOld || server.authority === undefined || secrets === undefined) return [];
      const token = `K10${server.authority}::node:${secrets.agentPassword}`;
      const api = openPromise<Api | undefined>();
      return [
        startServer(nodes, kube, { seen: server, secrets }, first, api.resolve),
        ...(first.aliases.length === 0 ? [] : [nameHostsAction(kube, first.aliases, () => api.promise)]),
        ...nodes.machines
          .filter(({ role }) => role === "agent")
          .map(({ name }): Action => {
            const seen = all.get(name) ?? nothingSeen;
            return {
              on: name,
              kind: "make",
              sentence: `${name}: start the K3s agent and join ${kube.server}`,
              run: async ({ signal }) => {
                const started = await startAgent(nodes, name, { seen, token, restart: false, signal });
                const answering = await api.promise;
                // Without a server it goes on waiting for one, which is no failure of its own.
                if (answering !== undefined) await untilReady(nodes, answering, name, started, signal);
              },
            };
          }),
      ];
    },
  });
}

function startServer(
  nodes: Nodes,
  kube: Kube,
  { seen, secrets }: { readonly seen: NodeSeen; readonly secrets: Secrets },
  { objects }: FirstStart,
  answers: (api: Api | undefined) => void,
): Action {
  return {
    on: kube.server,
    kind: "make",
    sentence: `${kube.server}: start the K3s server`,
    run: async ({ signal }) => {
      let api: Api | undefined;
      try {
        const starting = {
          seen,
          tokens: serverTokenFiles(secrets),
          restart: false,
          begins: true,
          ask: askKubeconfig,
          signal,
        };
        const { answer } = await startService(nodes, kube.server, starting);
        api = await untilApiAnswers(nodes, kube, kube.server, answer, signal);
      } finally {
        answers(api);
      }
      await Promise.all(objects.map(({ path, object }) => api.apply(path, object, { manager: fieldManager, signal })));
    },
  };
}

function openPromise<Value>() {
  let resolve: (value: Value) => void = () => {};
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
