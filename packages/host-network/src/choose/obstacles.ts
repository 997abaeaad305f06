import { type Cidr, parseCidr, isVif, type Route } from "@k3s-lab/ip";
import type { LabConfig } from "@k3s-lab/lab";
import { bridgeOf, routingTable } from "../names.js";
import { type Host } from "../probe/host.js";

/** A network that is taken already. */
export interface Obstacle {
  readonly cidr: Cidr;
  /** "the host's route 10.0.0.0/8 (tun0)" */
  readonly what: string;
  /** Whether a VIF maps it: then it may be this lab itself. */
  readonly vif: boolean;
  /** Another lab's, whether or not it runs: nothing new is picked there. */
  readonly isReserved?: true;
  readonly dev?: string | undefined;
}

/** Returns every route of the host, in any table, except defaults and the lab's own routes. */
export function obstaclesOf(host: Host, lab: string): readonly Obstacle[] {
  const vifs = new Set(host.links.filter(isVif).map(({ name }) => name));
  return host.routes
    .filter(({ dev, table }) => dev !== bridgeOf(lab) && table !== routingTable(lab))
    .flatMap((route) => {
      const cidr = realNetwork(route);
      if (cidr === undefined) return [];
      const { dev, type } = route;
      const vif = dev !== undefined && vifs.has(dev);
      return [{ cidr, what: `the host's route ${cidr} (${dev ?? type})`, vif, dev }];
    });
}

/** Returns what lab.yaml routes elsewhere, whether or not its interface is there now; a lab's older networks stay. */
export function namedObstacles(routes: LabConfig["network"]["routes"]): readonly Obstacle[] {
  return routes.flatMap(({ interface: dev, to }) =>
    to.map((cidr) => ({ cidr, what: `network.routes, ${cidr} by ${dev}`, vif: true, dev })),
  );
}

/**
 * Returns the network that a route leads to; undefined for the default route and its pieces. VPNs cut it into halves or
 * smaller pieces; a real network is at most a /8.
 */
export function realNetwork({ dst }: Pick<Route, "dst">): Cidr | undefined {
  const cidr = dst === "default" ? undefined : parseCidr(dst);
  return cidr && cidr.bits >= 8 ? cidr : undefined;
}
