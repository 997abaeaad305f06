import { cacheDir, requireExecutable } from "@k3s-lab/host";
import { linkWith } from "@k3s-lab/ip";
import { type Lab, trustedByNodes } from "@k3s-lab/lab";
import { type HostNetwork, inputThatDrops, seeHost, seeRuleset, waysOut, whyUnusable } from "@k3s-lab/host-network";
import { Problem } from "@k3s-lab/problem";
import type { Machines } from "@k3s-lab/machines";
import { type Decision, forgetStateStep, stage } from "@k3s-lab/stages";
import type { Facts } from "@k3s-lab/steps";
import { type Cluster, decideCluster, type ForeseenCluster } from "./cluster.js";
import { checkUpgrade, versionMismatch } from "./check-upgrade.js";
import { describeCluster } from "./describe-cluster.js";
import { foreseeRelease, knownRelease } from "@k3s-lab/k3s-source";
import { refuseUnknownFlags } from "./k3s-flags.js";
import { notesOn, notesOnFirewall, notesOnWays, proxiesOf } from "./config/proxies.js";
import { queryOf } from "./fetch-cluster.js";
import { clusterRecord } from "./record.js";
import { refuseOtherCluster } from "./refuse-other-cluster.js";
import { remainsOf } from "./remains.js";
import { clusterSteps, guardSteps } from "./steps/cluster-steps.js";
import { drainRemovedStep } from "./steps/drain-removed.js";
import { fetchK3sStep } from "./steps/fetch-k3s.js";
import { unmergeKubeconfigsStep } from "./steps/unmerge-kubeconfigs.js";
import { stopK3sSteps } from "./steps/stop-k3s.js";

type Upstream = Readonly<{ hostNetwork: HostNetwork; machines: Machines }>;

/** K3s on every machine, from nothing to Ready. */
export const clusterStage = stage<"cluster", Cluster, Upstream>({
  name: "cluster",
  key: "cluster",
  record: clusterRecord,
  checkHost: () =>
    requireExecutable(cacheDir(), "K3s, which runs there, too", ", or set K3S_LAB_CACHE to a folder elsewhere"),
  fetch: (lab) => [fetchK3sStep(lab)],
  decide: async (decision) => (await decide(decision)) as Cluster,
  steps: ({ lab, values: { cluster, hostNetwork, machines }, contributed }) =>
    clusterSteps(lab, { cluster, network: hostNetwork, machines }, contributed),
  leaves: { stage: "machines", steps: (lab) => [drainRemovedStep(lab)] },
  repairs: ({ lab, values: { cluster, hostNetwork, machines }, running }) =>
    guardSteps(lab, { cluster, network: hostNetwork, machines }, running),
  stopping: (lab) => stopK3sSteps(lab),
  removal: (lab) => [
    unmergeKubeconfigsStep(lab),
    forgetStateStep("forget-cluster", "Forget cluster", lab, [
      "kubeconfig",
      "mergedKubeconfigs",
      "secrets",
      "proxies",
      "certificates",
      "certificateFiles",
      "members",
      "nodes",
      "cluster",
    ]),
  ],
  remains: (lab) => remainsOf(lab),
  describe: async (lab, { signal }) => describeCluster(lab, signal),
});

/** A plan may speak of a release that was not fetched yet. */
async function decide(decision: Decision<Cluster, Upstream>): Promise<ForeseenCluster> {
  const { lab, upstream, recorded, mayAsk, facts, note } = decision;
  for (const message of await notesOnProxies(lab, upstream.hostNetwork, facts)) note(message);
  for (const { file, what } of trustedByNodes(lab).unfit) {
    note(`a certificate authority is left out of the nodes: ${file} ${what}`);
  }
  const query = queryOf(lab);
  const release = await (mayAsk ? knownRelease(query) : foreseeRelease(query));
  if (release === undefined) {
    throw new Problem("LAB-SRC-019", "K3s", "was not fetched yet", { remedy: "Run `npm run lab:fetch`." });
  }
  refuseOtherCluster(lab, upstream, recorded ?? decision.remains);
  const mismatch = versionMismatch(query.asked, release);
  if (mismatch !== undefined) note(mismatch);
  const names = upstream.machines.machines.map(({ name }) => name);
  await checkUpgrade(recorded, release, names, facts.signal);
  await refuseUnknownFlags(lab, release, facts.signal);
  return decideCluster(lab, upstream.hostNetwork, upstream.machines, { asked: query.asked, release });
}

async function notesOnProxies(lab: Lab, network: HostNetwork, facts: Facts): Promise<readonly string[]> {
  const { lan } = network;
  const proxies = proxiesOf(lab, lan);
  const notes = notesOn(proxies, lan);
  if (proxies.http === undefined && proxies.https === undefined) return notes;
  const host = await seeHost(facts);
  const unreached = (address: string) => {
    // Nodes reach the host itself, and each other.
    if (lan.subnet.contains(address) || linkWith(host.links, address)) return undefined;
    return whyUnusable(host, waysOut(network), address);
  };
  // Only root may read the firewall.
  const ruleset = process.getuid?.() === 0 ? await seeRuleset(facts) : undefined;
  const dropping = (port: number) =>
    ruleset && lan.kind === "private"
      ? inputThatDrops(ruleset, { link: lan.bridge, subnet: lan.subnet, address: network.gateway, port })
      : undefined;
  return [...notes, ...notesOnWays(proxies, unreached), ...notesOnFirewall(proxies, lan, dropping)];
}
