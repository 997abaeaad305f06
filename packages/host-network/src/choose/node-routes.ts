import { type Cidr, type Link, linkNamed, parseCidr, routeTo, unroutable } from "@k3s-lab/ip";
import type { LabConfig } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import { asRoute, uplinkRoutes } from "../lab-table.js";
import { isLabLink } from "../names.js";
import type { NodeRoute, Uplink } from "../network.js";
import type { Host } from "../probe/host.js";
import { isCard } from "./leads-out.js";

/** What the choice depends on besides the host. */
export interface RoutesAround {
  readonly uplink: Uplink | null;
  /** The lab's subnet, and the networks of pods and services: what leads into them is left out. */
  readonly inside: readonly Cidr[];
  /** network.routes of lab.yaml. */
  readonly named: LabConfig["network"]["routes"];
}

/**
 * Chooses the routes of the host that nodes use, too: those that lab.yaml names, and those of the main table through the
 * uplink or a link with hardware behind it. A route that changes nothing is left out: a VPN adds one to its server, by the
 * uplink's own router, whenever it connects.
 */
export function chooseRoutes(
  { links, routes }: Pick<Host, "links" | "routes">,
  { uplink, inside, named }: RoutesAround,
): readonly NodeRoute[] {
  const byName = named.flatMap(({ interface: name, to }) => {
    const ways = routes.filter(({ dev, type }) => dev === name && type === "unicast");
    const routeOf = (cidr: Cidr) => ({ to: cidr, interface: name, gateway: routeTo(ways, cidr.at(0))?.gateway });
    return isUsable(linkNamed(links, name)) ? to.map(routeOf) : [];
  });
  const seen = routes
    .filter(({ dst, type, table }) => dst !== "default" && type === "unicast" && table === "main")
    .flatMap(({ dst, dev, gateway, metric, flags }) => {
      const link = linkNamed(links, dev);
      const isWay = link !== undefined && (link.name === uplink?.name || isCard(links, link));
      const isAlive = isUsable(link) && !flags.includes("dead") && !flags.includes("linkdown");
      return isWay && isAlive ? [{ to: parseCidr(dst), interface: link.name, gateway, metric }] : [];
    })
    .filter(({ to }) => ![...inside, ...unroutable].some((each) => each.contains(to)))
    .toSorted((a, b) => a.metric - b.metric);
  const chosen: NodeRoute[] = [];
  // Larger networks first, so that each is compared with what is around it; what is named before what is found.
  for (const { to, interface: name, gateway } of [...byName, ...seen].toSorted(bySize)) {
    const route = { to, interface: name, gateway };
    const before = [...uplinkRoutes(uplink), ...chosen.map(asRoute)];
    const isKnown = before.some(({ dst }) => dst === asRoute(route).dst);
    const around = routeTo(before, to.at(0));
    if (!isKnown && (around?.dev !== name || around.gateway !== gateway)) chosen.push(route);
  }
  return chosen;
}

function bySize(a: NodeRoute, b: NodeRoute): number {
  return a.to.bits - b.to.bits || a.to.network - b.to.network;
}

/** Tells whether packets can leave through a link now; undefined is one that does not exist. */
export function isUsable(link: Link | undefined): boolean {
  return link !== undefined && link.up && link.carrier;
}

/** Refuses forbidden routes of lab.yaml: into the lab itself, or through an interface that leads back into it. */
export function refuseRoutes(
  { links, routes }: Pick<Host, "links" | "routes">,
  { inside, named }: Pick<RoutesAround, "inside" | "named">,
  file: string,
): void {
  for (const [index, { interface: name, to }] of named.entries()) {
    const refuse = (key: string, what: string, remedy: string) => {
      throw new Problem("LAB-NET-017", file, `network.routes.${index}.${key}: ${what}`, { remedy });
    };
    const link = linkNamed(links, name);
    const own = inside.find((each) => routes.some(({ dst, dev }) => dev === name && leadsInto(dst, each)));
    if (isTelepresence(name) || own !== undefined) {
      const what = own === undefined ? "is Telepresence's" : `leads to ${own}, which is this lab itself`;
      refuse("interface", `${name} ${what}: requests would loop`, "Name the interface of the VPN.");
    }
    if (link?.kind === "loopback" || isLabLink(name)) {
      refuse(
        "interface",
        `${name} ${isLabLink(name) ? "belongs to a lab" : "leads nowhere"}`,
        "Name another interface.",
      );
    }
    const into = to.find((cidr) => inside.some((each) => each.contains(cidr)));
    if (into !== undefined) refuse("to", `${into} is in the lab's own networks, ${inside.join(", ")}`, "Take it out.");
  }
}

/** Tells whether an interface has a name that Telepresence uses. That is no proof: it may refuse, but never allow. */
export function isTelepresence(name: string): boolean {
  return /^tel\d+$/.test(name);
}

/** Tells whether a route leads to a network, or to a part of it. */
export function leadsInto(dst: string, network: Cidr): boolean {
  return dst !== "default" && network.contains(parseCidr(dst));
}
