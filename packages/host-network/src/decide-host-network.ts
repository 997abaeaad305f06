import { type Lab, refuseProvider } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import { chooseAddresses, gatewayIn } from "./choose/addresses.js";
import { chooseNetworks, clusterDnsOf } from "./choose/networks.js";
import { namedObstacles, type Obstacle, obstaclesOf } from "./choose/obstacles.js";
import { chooseRoutes, refuseRoutes } from "./choose/node-routes.js";
import { chooseResolvers, type ResolverChoice } from "./choose/resolvers.js";
import { chooseUplink } from "./choose/uplink.js";
import { decideBridged } from "./decide-bridged.js";
import { labTable } from "./lab-table.js";
import { bridgeOf } from "./names.js";
import type { HostNetwork, Lan } from "./network.js";
import type { Host } from "./probe/host.js";
import type { Remembered } from "./remembered.js";

/**
 * Decides the lab's network from its configuration, the host as it is now, and what was chosen before. `occupied`:
 * addresses of the host's LAN that another machine was found to have; `others`: networks of the host's other labs.
 */
export function decideHostNetwork(
  lab: Pick<Lab, "id" | "config" | "file">,
  seen: Host,
  remembered: Remembered = {},
  occupied?: ReadonlySet<string>,
  others: readonly Obstacle[] = [],
): HostNetwork {
  refuseProvider(lab);
  refuseModeChange(lab, remembered.lan);
  return lab.config.network.mode === "bridged"
    ? decideBridged(lab, seen, remembered, occupied, others)
    : decidePrivate(lab, seen, remembered, others);
}

/** Refuses another network.mode: every address would change, and the cluster's certificates and data name them. */
function refuseModeChange({ config, file }: Pick<Lab, "config" | "file">, lan: Lan | undefined): void {
  const { mode } = config.network;
  const was = lan?.kind === "private" ? "private" : "bridged";
  if (lan === undefined || was === mode) return;
  throw new Problem("LAB-NET-014", file, `network.mode: is ${mode}, and the lab was made ${was}`, {
    remedy: `Run \`npm run lab:down\`, then \`npm run lab:up\`; or write mode: ${was}.`,
  });
}

function decidePrivate(
  lab: Pick<Lab, "id" | "config" | "file">,
  seen: Host,
  remembered: Remembered,
  others: readonly Obstacle[],
): HostNetwork {
  const { config, file } = lab;
  const { uplink } = chooseUplink(seen, config.network.uplink, file);
  const { routes: named } = config.network;
  const { subnet, podCidr, serviceCidr } = chooseNetworks(
    lab,
    [...obstaclesOf(seen, lab.id), ...namedObstacles(named), ...others],
    remembered,
  );
  const inside = [subnet, podCidr, serviceCidr];
  refuseRoutes(seen, { inside, named }, file);
  const known = subnet.equals(remembered.lan?.subnet) ? (remembered.addresses ?? {}) : {};
  const routes = chooseRoutes(seen, { uplink, inside, named });
  const lan = { kind: "private" as const, bridge: bridgeOf(lab.id), subnet };
  const facts = {
    routes: labTable({ uplink, routes, lan, podCidr, serviceCidr }),
    router: uplink?.gateway,
  };
  const chosen = chooseResolvers(seen, config.network, facts, file);
  return {
    uplink,
    routes,
    lan,
    gateway: gatewayIn(subnet),
    // Where Docker's bridge is in a virtual machine, its address is that machine's.
    ...(process.platform === "linux" && { hostAddress: gatewayIn(subnet) }),
    // A host that has lost its network has often lost its resolvers, too: nodes keep theirs until it is back.
    ...(chosen.resolvers.length === 0 && uplink === null ? keptResolvers(remembered) : chosen),
    addresses: chooseAddresses(lab, subnet, known),
    podCidr,
    serviceCidr,
    clusterDns: clusterDnsOf(serviceCidr),
  };
}

function keptResolvers({ resolvers = [], spareResolvers, search }: Remembered): ResolverChoice {
  return { resolvers, ...(spareResolvers && { spareResolvers }), ...(search && { search }) };
}
