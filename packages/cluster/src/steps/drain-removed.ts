import { readFile } from "node:fs/promises";
import { type KubeNode, lookAtCluster, openApiOf, type Pod } from "@k3s-lab/kube";
import type { Lab } from "@k3s-lab/lab";
import { type HostedDriver, mayEnter, openDriver } from "@k3s-lab/machines";
import { type Action, type Facts, type Step, step } from "@k3s-lab/steps";
import type { Cluster } from "../cluster.js";
import { labLabel } from "../config/k3s-config.js";
import { drain, drainTimeout, isReporting, isUnmanaged, mustLeave, nameOf } from "../drain.js";
import { readCluster } from "../record.js";
import { forgetNode } from "./forget-nodes.js";

type RemovalDriver = Pick<HostedDriver, "names" | "state" | "timeoutFactor">;

interface Removed {
  readonly name: string;
  /** Those that have to go elsewhere. */
  readonly pods: readonly Pod[];
}

/**
 * Takes nodes whose machines lab.yaml does not name any more out of a cluster that runs, while their pods can still end as
 * they should. A machine that stands still, or whose node does not report, is not waited for: its node is forgotten later.
 */
export function drainRemovedStep(
  lab: Lab,
  driver: RemovalDriver = openDriver(lab),
  look: typeof lookAtCluster = lookAtCluster,
): Step {
  return step<readonly Removed[]>({
    id: "drain-removed-nodes",
    title: "Drain removed nodes",
    parallel: true,
    observe: (facts) => seeRemoved(lab, facts, driver, look),
    plan: (removed) => removed.map((each) => removeAction(lab, each, drainTimeout * driver.timeoutFactor)),
  });
}

/** Returns the nodes that the step drains and takes out of the cluster, so that nobody plans that once more. */
export async function leavingNodes(lab: Lab, facts: Facts): Promise<readonly string[]> {
  return (await seeRemoved(lab, facts, openDriver(lab), lookAtCluster)).map(({ name }) => name);
}

async function seeRemoved(
  lab: Lab,
  facts: Facts,
  driver: RemovalDriver,
  look: typeof lookAtCluster,
): Promise<readonly Removed[]> {
  const cluster = readCluster(lab);
  if (cluster === undefined) return [];
  return facts.get("nodes that leave", ({ signal }) => findRemoved(lab, cluster, { driver, look }, signal));
}

async function findRemoved(
  lab: Lab,
  { kubeconfig, serverNode }: Cluster,
  { driver, look }: { readonly driver: RemovalDriver; readonly look: typeof lookAtCluster },
  signal: AbortSignal,
): Promise<readonly Removed[]> {
  // Machines of root's cannot be looked at by others, whom a later step tells so.
  if (!mayEnter(lab)) return [];
  const wanted = new Set([...lab.config.nodes.map(({ name }) => name), serverNode]);
  const unwanted = (await driver.names()).filter((name) => !wanted.has(name));
  // All the time that an API which cannot answer would cost is spared.
  if (unwanted.length === 0 || (await driver.state(serverNode)) !== "running") return [];
  const { nodes, pods } = await look(kubeconfig, signal);
  const running = await Promise.all(
    unwanted.map(async (name) => ((await driver.state(name)) === "running" ? [name] : [])),
  );
  return running.flat().flatMap((name) => {
    const node = nodes.find(({ metadata }) => metadata.name === name);
    if (node === undefined || !isOwn(lab, node) || !isReporting(node)) return [];
    return [{ name, pods: pods.filter((pod) => pod.spec?.nodeName === name && mustLeave(pod)) }];
  });
}

function isOwn({ id }: Pick<Lab, "id">, { metadata }: KubeNode): boolean {
  return metadata.labels?.[labLabel] === id;
}

function removeAction(lab: Lab, { name, pods }: Removed, within: number): Action {
  const lost = pods.filter(isUnmanaged).map(nameOf);
  const hasVolumes = pods.some(({ spec }) => spec?.volumes?.some(({ emptyDir }) => emptyDir !== undefined) === true);
  const destroyed = [
    ...(lost.length === 0
      ? []
      : [`the pod${lost.length === 1 ? "" : "s"} ${lost.join(", ")}, which nothing makes again`]),
    ...(hasVolumes ? [`what ${name}'s pods have in emptyDir volumes`] : []),
  ];
  return {
    on: name,
    kind: "remove",
    interrupts: `${name}'s pods, which are made again elsewhere`,
    ...(destroyed.length > 0 && { destroys: destroyed.join("; ") }),
    sentence: `${name}: drain the node within ${within / 1000} s and take it out of the cluster, because lab.yaml does not name it any more`,
    run: async ({ signal, progress, note }) => {
      const { kubeconfig } = readCluster(lab) ?? { kubeconfig: lab.state.path("kubeconfig") };
      const api = openApiOf(await readFile(kubeconfig, "utf8"), kubeconfig);
      const outcome = await drain({ api, node: name, within, signal, progress });
      if (outcome === "unreachable") note(`${name} does not report any more: its pods were not waited for`);
      await forgetNode(api, name, true, signal);
    },
  };
}
