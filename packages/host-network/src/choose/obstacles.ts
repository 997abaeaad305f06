import { type Cidr, parseCidr, isVif, type Route } from "@k3s-lab/ip";
import { bridgeOf, routingTable } from "../names.js";
import { type Host } from "../probe/host.js";

/** A network that is taken already. */
export interface Obstacle {
  readonly cidr: Cidr;
  /** "the host's route 10.0.0.0/8 (tun0)" */
  readonly what: string;
  /** Whether a VIF maps it: then it may be this lab itself. */
  readonly vif: boolean;
  readonly dev?: string;
}

/** Returns every route of the host, in any table, except defaults and the lab's own routes. */
export function obstaclesOf(host: Host, lab: string): readonly Obstacle[] {
  const vifs = new Set(host.links.filter(isVif).map(({ name }) => name));
  return host.routes
    .filter(({ dev, table }) => dev !== bridgeOf(lab) && table !== routingTable(lab))
    .flatMap((route): Obstacle[] => {
      const cidr = routeCidr(route);
      if (cidr === undefined || isPieceOfDefault(cidr)) return [];
      const via = route.dev === undefined ? route.type : route.dev;
      const what = `the host's route ${cidr} (${via})`;
      if (route.dev === undefined) return [{ cidr, what, vif: false }];
      return [{ cidr, what, vif: vifs.has(route.dev), dev: route.dev }];
    });
}

export function routeCidr({ dst }: Pick<Route, "dst">): Cidr | undefined {
  return dst === "default" ? undefined : parseCidr(dst);
}

/** VPNs cut the default route into halves or smaller pieces; a real network is at most a /8. */
export function isPieceOfDefault({ bits }: Cidr): boolean {
  return bits < 8;
}
