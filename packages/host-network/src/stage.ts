import type { Cidr } from "@k3s-lab/ip";
import { programsStep } from "@k3s-lab/host";
import type { Lab } from "@k3s-lab/lab";
import { type Decision, forgetLabStep, noteLabStep, stage } from "@k3s-lab/stages";
import { type Facts, foresee } from "@k3s-lab/steps";
import { pickFree } from "./arp/pick-free.js";
import { claimNetworks } from "./claim-networks.js";
import { judgeNameservers } from "./choose/resolvers.js";
import { notesOnRoutes } from "./choose/unreached.js";
import { chooseUplink } from "./choose/uplink.js";
import { hostGuardRejections } from "@k3s-lab/guard";
import { seeHost, seeRuleset, startReading } from "./observe-host.js";
import { waysOut } from "./lab-table.js";
import { type HostNetwork, lanLink } from "./network.js";
import type { Host } from "./probe/host.js";
import { changesHost, programsOf } from "./programs.js";
import { hostNetworkRecord } from "./record.js";
import { recall } from "./remembered.js";
import { hostNetworkSteps } from "./steps/host-network-steps.js";
import { removeHostNetwork } from "./steps/remove-host-network.js";

/** The host's side of the LAN. */
export const hostNetworkStage = stage<"hostNetwork", HostNetwork, Record<never, object>>({
  name: "host-network",
  key: "hostNetwork",
  record: hostNetworkRecord,
  fetch: ({ config }) => [programsStep(programsOf(config), config.host.install)],
  decide,
  steps: ({ lab, values }) => [noteLabStep(lab), ...hostNetworkSteps(lab, values.hostNetwork)],
  repairs: ({ lab, values }) => hostNetworkSteps(lab, values.hostNetwork),
  removal: (lab) => [...removeHostNetwork(lab), forgetLabStep(lab)],
  describe: async (lab, facts) => {
    const network = lab.state.read(hostNetworkRecord);
    if (network === undefined) return undefined;
    const missing = await missingOnHost(lab, network, facts);
    return { ...describeNetwork(network), missing, rejected: await rejectedOnHost(lab, network, facts) };
  },
});

/** The network as `lab:status` shows it. */
export interface NetworkDescription {
  /** The bridge or interface of the host that the nodes are plugged into. */
  readonly link: string;
  readonly subnet: Cidr;
  readonly podCidr: Cidr;
  readonly serviceCidr: Cidr;
  readonly uplink: string | null;
  /**
   * Which of the lab's rules, routes, tables and accepts are missing on the host, as sentences of what `lab:up` would do about
   * it; undefined where this user may not look.
   */
  readonly missing: readonly string[] | undefined;
  /** How many packets of nodes the host's guard has rejected; undefined where there is none, or this user may not look. */
  readonly rejected: number | undefined;
  /** What nodes send everything to that leaves the LAN. */
  readonly gateway: string;
  readonly mode: HostNetwork["lan"]["kind"];
}

async function missingOnHost(
  lab: Pick<Lab, "id" | "config">,
  network: HostNetwork,
  facts: Facts,
): Promise<readonly string[] | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  if (changesHost(lab.config)) startReading(facts);
  const { actions, obstacle } = await foresee(hostNetworkSteps(lab, network), facts);
  return [...actions.map(({ sentence }) => sentence), ...(obstacle === undefined ? [] : [obstacle.message])];
}

/** By what was read already to find what is missing. */
async function rejectedOnHost(lab: Pick<Lab, "id">, { lan }: HostNetwork, facts: Facts): Promise<number | undefined> {
  if (process.getuid?.() !== 0 || lan.kind !== "private") return undefined;
  return hostGuardRejections(lab.id, await seeRuleset(facts));
}

function describeNetwork(network: HostNetwork): Omit<NetworkDescription, "missing" | "rejected"> {
  const { lan, podCidr, serviceCidr, uplink, gateway } = network;
  const { kind: mode, subnet } = lan;
  return { link: lanLink(lan), subnet, podCidr, serviceCidr, uplink: uplink?.name ?? null, gateway, mode };
}

async function decide(decision: Decision<HostNetwork>): Promise<HostNetwork> {
  const { lab, facts, recorded, remains, note } = decision;
  if (changesHost(lab.config)) startReading(facts);
  const host = await seeHost(facts);
  const remembered = recall(lab, host, recorded, remains);
  const network = await claimNetworks(decision, remembered, (others) =>
    pickFree({ ...decision, host, remembered, others, signal: facts.signal }),
  );
  if (network.uplink === null) {
    const { reason } = chooseUplink(host, lab.config.network.uplink, lab.file);
    note(`nodes reach nothing beyond the host: ${reason}`);
  } else if (network.resolvers.length === 0) {
    note(`nodes have no resolver, and pull no image by name: ${whyNone(host, network)}`);
  }
  for (const message of notesOnRoutes(host, network, lab.config.network.routes)) note(message);
  return network;
}

/** Describes what is wrong with each nameserver of the host, and what to do. */
function whyNone(host: Host, network: HostNetwork): string {
  const seen = judgeNameservers(host, waysOut(network)).map(({ address, unusable }) => `${address} ${unusable}`);
  const why = seen.length === 0 ? "the host names no nameserver" : [...new Set(seen)].join(", ");
  return `${why}. Write network.nameservers: [ADDRESS] in lab.yaml, one that is reached by ${network.uplink?.name}.`;
}
