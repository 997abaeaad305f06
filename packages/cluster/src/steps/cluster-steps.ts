import type { HostNetwork } from "@k3s-lab/host-network";
import type { openApi } from "@k3s-lab/kube";
import type { Lab } from "@k3s-lab/lab";
import { type Machine, type Machines, openDriver } from "@k3s-lab/machines";
import type { Contributed } from "@k3s-lab/stages";
import { Problem } from "@k3s-lab/problem";
import { type Step, step } from "@k3s-lab/steps";
import type { ForeseenCluster } from "../cluster.js";
import { proxiesFor } from "../config/proxies.js";
import { Kube } from "../kube.js";
import { type NodeDriver, Nodes } from "../node/nodes.js";
import { configureStep } from "./configure.js";
import { forgetNodesStep } from "./forget-nodes.js";
import { guardNodesStep } from "./guard-nodes.js";
import { installStep } from "./install.js";
import { joinAgentsStep } from "./join-agents.js";
import { makeTokensStep } from "./make-tokens.js";
import { startServerStep } from "./start-server.js";
import { waitReadyStep } from "./wait-ready.js";
import { writeKubeconfigStep } from "./write-kubeconfig.js";

export interface ClusterValues {
  readonly cluster: ForeseenCluster;
  readonly network: Pick<HostNetwork, "lan">;
  readonly machines: Pick<Machines, "machines" | "resolvers">;
}

/** What the steps work with; replaced by tests. */
export interface World {
  readonly driver?: NodeDriver;
  readonly openApi?: typeof openApi;
  /** Whose proxies the nodes get. */
  readonly env?: NodeJS.ProcessEnv;
}

/** K3s on every machine, from nothing to Ready. */
export function clusterSteps(
  lab: Lab,
  values: ClusterValues,
  contributed: Contributed,
  world: World = {},
): readonly Step[] {
  const { cluster } = values;
  const nodes = nodesOf(lab, values, contributed, world);
  const server = { node: cluster.serverNode, url: cluster.server };
  const kube = new Kube(nodes, server, world.openApi);
  return [
    makeTokensStep(lab, nodes, server.node),
    together("install-and-guard", "Install K3s and guard nodes", [
      installStep(nodes, cluster, contributed.images),
      guardNodesStep(nodes),
      configureStep(nodes),
    ]),
    startServerStep(lab, nodes, kube),
    forgetNodesStep(lab.id, nodes, kube),
    joinAgentsStep(nodes, kube),
    writeKubeconfigStep(lab, nodes, server),
    waitReadyStep(lab, nodes, kube),
  ];
}

/** Makes one step of steps that need not wait for each other: what they look at is looked at once before and once after. */
function together(id: string, title: string, steps: readonly Step[]): Step {
  return step<readonly unknown[]>({
    id,
    title,
    parallel: true,
    observe: (facts) => Promise.all(steps.map((each) => each.observe(facts))),
    plan: (seen) => {
      const plans = steps.map((each, index) => each.plan(seen[index]));
      const problem = plans.find((plan) => plan instanceof Problem);
      return problem ?? plans.flatMap((plan) => (plan instanceof Problem ? [] : plan));
    },
  });
}

/** The step that guards the nodes of these names, whose machines must run. */
export function guardSteps(
  lab: Lab,
  values: ClusterValues,
  names: ReadonlySet<string>,
  world: World = {},
): readonly Step[] {
  return [guardNodesStep(nodesOf(lab, values, { files: [] }, world, ({ name }) => names.has(name)))];
}

function nodesOf(
  lab: Lab,
  { cluster, network, machines }: ClusterValues,
  { files }: Pick<Contributed, "files">,
  { driver = openDriver(lab), env = process.env }: World,
  isMeant: (machine: Machine) => boolean = () => true,
): Nodes {
  const names = machines.machines.map(({ name }) => name);
  const common = {
    cluster,
    resolvers: machines.resolvers,
    disable: lab.config.cluster.disable,
    contributed: files,
    proxies: proxiesFor(env, { ...cluster, subnet: network.lan.subnet, nodes: names }),
    labId: lab.id,
  };
  return new Nodes(
    driver,
    machines.machines.filter(isMeant).map((machine) => ({ machine, ...common })),
  );
}
