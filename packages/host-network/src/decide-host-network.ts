import { type Lab, refuseProvider } from "@k3s-lab/lab";
import { chooseAddresses, gatewayIn } from "./choose/addresses.js";
import { chooseNetworks, clusterDnsOf } from "./choose/networks.js";
import { obstaclesOf } from "./choose/obstacles.js";
import { chooseResolvers } from "./choose/resolvers.js";
import { chooseUplink } from "./choose/uplink.js";
import { decideBridged } from "./decide-bridged.js";
import { refuseModeChange } from "./mode-change.js";
import { bridgeOf } from "./names.js";
import type { HostNetwork } from "./network.js";
import type { Host } from "./probe/host.js";
import type { Remembered } from "./remembered.js";

/** Decides the lab's network from its configuration, the host as it is now, and what was chosen before. */
export function decideHostNetwork(
  lab: Pick<Lab, "id" | "config" | "file">,
  seen: Host,
  remembered: Remembered = {},
): HostNetwork {
  refuseProvider(lab);
  refuseModeChange(lab, remembered.lan);
  return lab.config.network.mode === "bridged"
    ? decideBridged(lab, seen, remembered)
    : decidePrivate(lab, seen, remembered);
}

function decidePrivate(lab: Pick<Lab, "id" | "config" | "file">, seen: Host, remembered: Remembered): HostNetwork {
  const { config, file } = lab;
  const { uplink } = chooseUplink(seen, config.network.uplink, file);
  const { subnet, podCidr, serviceCidr } = chooseNetworks(lab, obstaclesOf(seen, lab.id), remembered);
  const known = subnet.equals(remembered.lan?.subnet) ? (remembered.addresses ?? {}) : {};
  const resolvers = chooseResolvers(seen, config.network.nameservers, file);
  return {
    uplink,
    lan: { kind: "private", bridge: bridgeOf(lab.id), subnet },
    gateway: gatewayIn(subnet),
    // A host that has lost its network has often lost its resolvers, too: nodes keep theirs until it is back.
    resolvers: resolvers.length === 0 && uplink === null ? (remembered.resolvers ?? []) : resolvers,
    addresses: chooseAddresses(lab, subnet, known),
    podCidr,
    serviceCidr,
    clusterDns: clusterDnsOf(serviceCidr),
  };
}
