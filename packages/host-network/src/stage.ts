import type { Cidr } from "@k3s-lab/ip";
import { programsStep } from "@k3s-lab/host";
import { type Decision, stage } from "@k3s-lab/stages";
import { pickFree } from "./arp/pick-free.js";
import { chooseUplink } from "./choose/uplink.js";
import { seeHost, startReading } from "./observe-host.js";
import { type HostNetwork, lanLink } from "./network.js";
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
  steps: ({ lab, values }) => hostNetworkSteps(lab, values.hostNetwork),
  repairs: ({ lab, values }) => hostNetworkSteps(lab, values.hostNetwork),
  removal: removeHostNetwork,
  describe: async ({ state }) => {
    const network = state.read(hostNetworkRecord);
    return network && describeNetwork(network);
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
}

function describeNetwork({ lan, podCidr, serviceCidr, uplink }: HostNetwork): NetworkDescription {
  return { link: lanLink(lan), subnet: lan.subnet, podCidr, serviceCidr, uplink: uplink?.name ?? null };
}

async function decide(decision: Decision<HostNetwork>): Promise<HostNetwork> {
  const { lab, facts, recorded, remains, note } = decision;
  if (changesHost(lab.config)) startReading(facts);
  const host = await seeHost(facts);
  const remembered = recall(lab, host, recorded, remains);
  const network = await pickFree({ ...decision, host, remembered, signal: facts.signal });
  if (network.uplink === null) {
    const { reason } = chooseUplink(host, lab.config.network.uplink, lab.file);
    note(`nodes reach nothing beyond the host: ${reason}`);
  }
  return network;
}
