import type { HostNetwork } from "@k3s-lab/host-network";
import type { openApi } from "@k3s-lab/kube";
import type { Authority } from "@k3s-lab/host";
import { isModules } from "@k3s-lab/k3s-source";
import { type Lab, nodesCertificateFiles, trustedByNodes } from "@k3s-lab/lab";
import { type Machine, type Machines, openDriver } from "@k3s-lab/machines";
import type { Contributed, ContributedImage } from "@k3s-lab/stages";
import { Problem } from "@k3s-lab/problem";
import { type Step, step } from "@k3s-lab/steps";
import { apiAt, type ForeseenCluster } from "../cluster.js";
import { type Proxies, proxiesOf, proxyVariables } from "../config/proxies.js";
import { flagsByName, flagsToldToAgents } from "../k3s-flags.js";
import { Kube, type ServerAt } from "../kube.js";
import { readLastSeen, rememberNodesStep } from "../node/last-seen.js";
import { type NodeDriver, Nodes } from "../node/nodes.js";
import { recordMembersStep } from "../members.js";
import { configureStep } from "./configure.js";
import { leavingNodes } from "./drain-removed.js";
import { forgetNodesStep } from "./forget-nodes.js";
import { guardNodesStep } from "./guard-nodes.js";
import { installStep } from "./install.js";
import { joinAgentsStep } from "./join-agents.js";
import { labelNodesStep } from "./label-nodes.js";
import { makeTokensStep } from "./make-tokens.js";
import { recordCertificateFilesStep } from "./record-certificate-files.js";
import { recordProxiesStep } from "./record-proxies.js";
import { nameHostsStep } from "./name-hosts.js";
import { startClusterStep } from "./start-cluster.js";
import { scaleDnsStep } from "./scale-dns.js";
import { resetQuorumStep } from "./reset-quorum.js";
import { joinServersStep, restartServersStep, startServerStep } from "./start-server.js";
import { trustAuthoritiesStep } from "./trust-authorities.js";
import { uncordonNodesStep } from "./uncordon-nodes.js";
import { finishUpgradesStep, upgradeAgentsStep, upgradeServersStep } from "../upgrade/upgrade-nodes.js";
import { hasDns, waitReadyStep } from "./wait-ready.js";
import { writeKubeconfigStep } from "./write-kubeconfig.js";

export interface ClusterValues {
  readonly cluster: ForeseenCluster;
  readonly network: Pick<HostNetwork, "lan">;
  readonly machines: Pick<Machines, "driver" | "machines" | "resolvers" | "hostAliases">;
}

/** What the steps work with; replaced by tests. */
export interface World {
  readonly driver?: NodeDriver;
  readonly openApi?: typeof openApi;
  /** The environment whose proxies nodes get where none were recorded, and whose files of authorities they trust. */
  readonly env?: NodeJS.ProcessEnv;
  /** What nodes trust besides what every node does. */
  readonly authorities?: readonly Authority[];
}

/** K3s on every machine, from nothing to Ready. */
export function clusterSteps(
  lab: Lab,
  values: ClusterValues,
  contributed: Contributed,
  world: World = {},
): readonly Step[] {
  const { cluster } = values;
  const { hostAliases = [] } = values.machines;
  const proxies = proxiesOf(lab, values.network.lan, world.env);
  const nodes = nodesOf(lab, values, contributed, proxies, world);
  const servers = serversOf(values);
  const api = cluster.api ?? cluster.server;
  const kube = new Kube(nodes, servers, world.openApi);
  const startsTogether = mayStartTogether(values);
  const isSeveral = nodes.servers.length > 1;
  const images = [...contributed.images, ...imagesOfServers(cluster)];
  const upgrading = { lab, nodes, kube, cluster, images };
  return [
    ...contributed.steps,
    makeTokensStep(lab, nodes),
    recordProxiesStep(lab, proxies),
    recordCertificateFilesStep(lab, nodesCertificateFiles(lab, world.env)),
    together("install-and-guard", "Install K3s and guard nodes", [
      installStep(nodes, cluster, { images, server: startsTogether ? kube.server : undefined }),
      guardNodesStep(nodes),
      trustAuthoritiesStep(nodes),
      configureStep(lab, nodes),
    ]),
    ...(startsTogether
      ? [startClusterStep(lab, nodes, kube, { aliases: hostAliases, objects: contributed.objects })]
      : []),
    ...(isSeveral ? [resetQuorumStep(lab, nodes, kube)] : [upgradeServersStep(upgrading)]),
    startServerStep(lab, nodes, kube),
    // Before CoreDNS starts, which would read it a minute later otherwise.
    ...(hostAliases.length === 0 ? [] : [nameHostsStep(kube, hostAliases)]),
    forgetNodesStep(lab.id, nodes, kube, (facts) => leavingNodes(lab, facts)),
    ...(isSeveral
      ? [
          // All of them are there before the first is replaced, which others stand in for meanwhile.
          joinServersStep(lab, nodes, kube, "before-upgrade"),
          upgradeServersStep(upgrading),
          restartServersStep(lab, nodes, kube),
        ]
      : []),
    joinAgentsStep(nodes, kube),
    ...(isSeveral ? [joinServersStep(lab, nodes, kube), recordMembersStep(lab, nodes.servers)] : []),
    ...(isSeveral && hasDns(lab) ? [scaleDnsStep(lab, nodes, kube)] : []),
    finishUpgradesStep(upgrading),
    upgradeAgentsStep(upgrading),
    // Before the wait: a pod that a taint drives away is waited for where it goes.
    labelNodesStep(lab, nodes, kube),
    uncordonNodesStep(nodes, kube),
    writeKubeconfigStep(
      lab,
      nodes,
      api,
      servers.map(({ url }) => url).filter((url) => url !== api),
    ),
    waitReadyStep(lab, nodes, kube),
    rememberNodesStep(lab, nodes),
  ];
}

/** Where this host reaches the API of each server. Outside of Linux it reaches the one that has the address of all, by Docker. */
export function serversOf(
  { cluster, machines }: Pick<ClusterValues, "cluster" | "machines">,
  platform = process.platform,
): readonly [ServerAt, ...ServerAt[]] {
  const { serverNode, servers = [] } = cluster;
  const published = platform === "linux" ? undefined : cluster.api;
  const others = machines.machines
    .filter(({ name }) => servers.includes(name))
    .map(({ name, address }): ServerAt => ({ node: name, url: published ?? apiAt(address) }));
  const [first, ...rest] = others;
  return first === undefined ? [{ node: serverNode, url: cluster.api ?? cluster.server }] : [first, ...rest];
}

/** The images that K3s from modules runs on its servers alone; one of a release may run on any node. */
export function imagesOfServers({
  source,
  archives,
  serverNode,
  servers = [serverNode],
}: ForeseenCluster): readonly ContributedImage[] {
  if (!isModules(source)) return [];
  return archives
    .flatMap(({ images = [] }) => images)
    .filter((image) => image.startsWith("docker.io/rancher/mirrored-metrics-server:"))
    .flatMap((image) => servers.map((node) => ({ image, node })));
}

/**
 * Tells whether agents may be started before their server answers. Those of a release wait up to ten seconds after an
 * attempt that failed, so they are better started later. openssl, which makes the authority, is in every container.
 */
function mayStartTogether({ cluster, machines }: ClusterValues): boolean {
  return isModules(cluster.source) && machines.driver !== "vagrant";
}

/** Makes one step of steps that need not wait for each other: what they look at is looked at once before and once after. */
function together(id: string, title: string, steps: readonly Step[]): Step {
  return step<readonly unknown[]>({
    id,
    title,
    parallel: true,
    announce: (facts) => {
      for (const each of steps) each.announce?.(facts);
    },
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
  const proxies = proxiesOf(lab, values.network.lan, world.env);
  return [guardNodesStep(nodesOf(lab, values, { files: [] }, proxies, world, ({ name }) => names.has(name)))];
}

function nodesOf(
  lab: Lab,
  { cluster, network, machines }: ClusterValues,
  { files }: Pick<Contributed, "files">,
  proxies: Proxies,
  { driver = openDriver(lab), env, authorities = trustedByNodes(lab, env).authorities }: World,
  isMeant: (machine: Machine) => boolean = () => true,
): Nodes {
  const common = {
    cluster,
    resolvers: machines.resolvers,
    disable: lab.config.cluster.disable,
    contributed: files,
    proxies: proxyVariables(proxies, { ...cluster, subnet: network.lan.subnet }),
    authorities,
    labId: lab.id,
    toldToAgents: flagsToldToAgents(lab),
  };
  const flags = flagsByName(lab);
  return new Nodes(
    driver,
    machines.machines.filter(isMeant).map((machine) => ({ machine, flags: flags.get(machine.name) ?? {}, ...common })),
    (name) => readLastSeen(lab, name),
  );
}
