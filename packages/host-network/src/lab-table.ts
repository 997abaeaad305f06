import type { RouteParts } from "@k3s-lab/ip";
import { lastMetric } from "./names.js";
import type { HostNetwork, NodeRoute, PrivateNetwork, Uplink } from "./network.js";

/**
 * Returns the lab's own routing table: what comes from a node is looked up here and nowhere else.
 *
 * Pods and services exist only on the nodes: what a node could not deliver ends here. The last routes stay when
 * the uplink flaps and the kernel drops its routes: a lookup that found nothing here would go on to the main table, and
 * out of a VIF. They come first, for the same reason.
 */
export function labTable({
  uplink,
  routes,
  lan,
  podCidr,
  serviceCidr,
}: Pick<PrivateNetwork, "uplink" | "routes" | "lan" | "podCidr" | "serviceCidr">): readonly RouteParts[] {
  return [
    { type: "unreachable", dst: "default", metric: lastMetric },
    { type: "unreachable", dst: String(lan.subnet), metric: lastMetric },
    { type: "unreachable", dst: String(podCidr) },
    { type: "unreachable", dst: String(serviceCidr) },
    { dst: String(lan.subnet), dev: lan.bridge, scope: "link" },
    ...waysOut({ uplink, routes }),
  ];
}

/** Returns the part of the table that leads beyond the host. On the host's own LAN it stands for the router's. */
export function waysOut({ uplink, routes }: Pick<HostNetwork, "uplink" | "routes">): readonly RouteParts[] {
  return [...uplinkRoutes(uplink), ...routes.map(asRoute)];
}

/** Returns the uplink's part of the table: its own networks, and the default route. */
export function uplinkRoutes(uplink: Uplink | null): readonly RouteParts[] {
  if (uplink === null) return [];
  const { name, gateway, networks } = uplink;
  return [
    ...networks.map((network): RouteParts => ({ dst: String(network), dev: name, scope: "link" })),
    routeBy("default", name, gateway),
  ];
}

export function asRoute({ to, interface: dev, gateway }: NodeRoute): RouteParts {
  // iproute2 prints the network of one address as the address alone.
  return routeBy(to.bits === 32 ? to.at(0) : String(to), dev, gateway);
}

/** Makes a route whose router need not be on a network of the table. */
function routeBy(dst: string, dev: string, gateway: string | undefined): RouteParts {
  return gateway === undefined ? { dst, dev, scope: "link" } : { dst, dev, gateway, flags: ["onlink"] };
}
