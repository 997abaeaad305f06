import {
  chooseRoutes,
  type HostNetwork,
  lanLink,
  type NodeRoute,
  type Obstacle,
  obstaclesOf,
  surveyHost,
  unreachedByNodes,
  type Uplink,
} from "@k3s-lab/host-network";
import { addressOf, type Cidr, leadsOut } from "@k3s-lab/ip";
import { canaryLink } from "../canary/names.js";
import { rule } from "../rule.js";
import type { HostSeen, Survey } from "../survey/survey.js";
import { listed } from "./facts.js";

export const overlap = rule({
  id: "R10",
  title: "A route of the host overlaps the lab's networks",
  severity: "error",
  why: "The host, or Telepresence on it, would send traffic for the cluster elsewhere, and the reverse.",
  remedy:
    "Disconnect the VPN that brought the route; or run `npm run lab:down`, then `npm run lab:up`, which chooses other networks.",
  link: "docs/telepresence.md#subnets-that-collide",
  reads: [],
  check: (survey) => {
    const wanted = wantedNetworks(survey);
    return obstaclesOf(survey.host, survey.lab.id).flatMap((obstacle) => {
      const hit = wanted.filter(({ cidr }) => cidr.overlaps(obstacle.cidr));
      const expected = `nothing else in the lab's ${hit.map(({ what, cidr }) => `${what} ${cidr}`).join(", ")}`;
      return hit.length === 0 || isTheLab(survey, obstacle)
        ? []
        : [{ subject: obstacle.dev ?? "host", expected, seen: obstacle.what }];
    });
  },
});

/** Returns the networks that `lab:up` has chosen; before the first one, those that lab.yaml names. */
function wantedNetworks({ network, lab }: Survey): readonly { readonly what: string; readonly cidr: Cidr }[] {
  const { podCidr, serviceCidr } = network ?? lab.config.cluster;
  const subnet = network?.lan.subnet ?? lab.config.network.subnet;
  // A lab on the host's own LAN shares the host's route to it.
  const isPrivate = network === undefined ? lab.config.network.mode === "private" : network.lan.kind === "private";
  return [
    ...(isPrivate ? [{ what: "LAN", cidr: subnet }] : []),
    { what: "pods", cidr: podCidr },
    { what: "services", cidr: serviceCidr },
  ].flatMap(({ what, cidr }) => (cidr === "auto" ? [] : [{ what, cidr }]));
}

/** Tells whether an obstacle is a VIF that maps this cluster: its routes are the cluster's networks, or parts of them. */
function isTheLab({ host, network }: Survey, { vif, dev, cidr }: Obstacle): boolean {
  const own = network === undefined ? [] : [network.podCidr, network.serviceCidr];
  const maps = host.routes.some((route) => route.dev === dev && own.some((each) => String(each) === route.dst));
  return vif && maps && own.some((each) => each.contains(cidr));
}

export const vifPresent = rule({
  id: "R11",
  title: "A VPN or VIF is connected",
  severity: "info",
  why: "While one is connected, a careless experiment would itself start the loop; doctor's canary sends nothing into it.",
  remedy: "Nothing, if you connected it.",
  link: "docs/telepresence.md#what-doctor-says",
  reads: [],
  check: ({ host }) =>
    surveyHost(host)
      .vifs.filter((name) => name !== canaryLink)
      .map((name) => {
        const mapped = host.routes.filter((route) => route.dev === name && leadsOut(route));
        return { subject: name, expected: "to be known", seen: `maps ${listed(mapped.map(({ dst }) => dst))}` };
      }),
});

export const hostMoved = rule({
  id: "R12",
  title: "The host has moved to another network",
  severity: "error",
  why: "The nodes' routes use the uplink and the router of the last `lab:up`; in another network they reach nothing.",
  remedy: "Run `npm run lab:up`; a lab on the host's own LAN must return to that LAN, or be made again from scratch.",
  link: "docs/network.md#hosts",
  reads: ["network"],
  check: ({ host, network, lab }) => {
    const { lan, uplink: then } = network;
    if (lan.kind !== "private") return movedLan(host, network, lab.config.network.gateway === "auto");
    const { uplink: now } = uplinkOf(host, lab.config.network.uplink);
    if (then === null || now === null) return [];
    const [expected, seen] = [describe(then), describe(now)];
    return expected === seen ? [] : [{ subject: "host", expected, seen }];
  },
});

/** Nodes on the host's own LAN depend on that LAN: it must not change. */
function movedLan({ links, routes }: HostSeen, { lan, gateway }: HostNetwork, knowsRouter: boolean) {
  const name = lanLink(lan);
  const link = links.find((each) => each.name === name);
  const expected = `${name} on ${lan.subnet} with the router ${gateway}`;
  if (link === undefined) return [{ subject: "host", expected, seen: `${name} is gone` }];
  if (!link.addresses.some((address) => lan.subnet.contains(addressOf(address)))) {
    return [{ subject: "host", expected, seen: `${name} has ${listed(link.addresses)}` }];
  }
  const routers = routes.flatMap((route) => (route.dev === name && route.gateway !== undefined ? [route.gateway] : []));
  return !knowsRouter || routers.length === 0 || routers.includes(gateway)
    ? []
    : [{ subject: "host", expected, seen: `${name} with the router ${listed([...new Set(routers)])}` }];
}

export const noUplink = rule({
  id: "R32",
  title: "The host has no uplink",
  severity: "warning",
  why: "Nodes reach nothing beyond the host, such as the registries that they pull from.",
  remedy: "Connect the host, then run `npm run lab:up`.",
  link: "docs/network.md#hosts",
  reads: ["network"],
  check: ({ host, lab }) => {
    const { uplink, reason } = uplinkOf(host, lab.config.network.uplink);
    return uplink === null ? [{ subject: "host", expected: "a default route of a LAN", seen: reason }] : [];
  },
});

/** Without the interface that lab.yaml names there is no uplink. */
function uplinkOf(host: HostSeen, wanted: string) {
  const exists = wanted === "auto" || host.links.some(({ name }) => name === wanted);
  return exists ? surveyHost(host, wanted) : { uplink: null, reason: `${wanted}, named in lab.yaml, is gone` };
}

function describe({ name, gateway, networks }: Uplink): string {
  return `${name} by ${gateway ?? "no router"} (${listed(networks.map(String))})`;
}

export const vpnUnreached = rule({
  id: "R37",
  title: "Nodes do not reach what a VPN of the host maps",
  severity: "info",
  why: "Lab traffic leaves through cards only; only the host reaches a registry, proxy or resolver behind the VPN.",
  remedy:
    "Name its networks with network.routes in lab.yaml, then run `npm run lab:up`; or push images from there with `npm run push -- docker://IMAGE`.",
  link: "docs/network.md#routes",
  reads: ["network"],
  check: ({ host, network }) =>
    (network.lan.kind === "private" ? unreachedByNodes(host, network) : []).map(({ interface: subject, networks }) => ({
      subject,
      expected: "to be needed by the host alone",
      seen: `maps ${listed(networks.map(String))}`,
    })),
});

export const routesChanged = rule({
  id: "R38",
  title: "The host's routes have changed",
  severity: "warning",
  why: "Nodes have the routes of the last `lab:up`, so they miss what has changed since then.",
  remedy: "Run `npm run lab:up`.",
  link: "docs/network.md#routes",
  reads: ["network"],
  check: ({ host, network, lab }) => {
    const { uplink } = uplinkOf(host, lab.config.network.uplink);
    const { lan, podCidr, serviceCidr } = network;
    const [then, seenNow] = [network.uplink, uplink].map((each) => each && describe(each));
    // Without the uplink, or with another one, that is what has to be repaired.
    if (lan.kind !== "private" || then !== seenNow) return [];
    const inside = [lan.subnet, podCidr, serviceCidr];
    const now = chooseRoutes(host, { uplink, inside, named: lab.config.network.routes });
    const [expected, seen] = [now, network.routes].map((routes) => listed(routes.map(describeRoute)));
    return expected === seen ? [] : [{ subject: "host", expected: `routes ${expected}`, seen: `nodes have ${seen}` }];
  },
});

function describeRoute({ to, interface: name, gateway }: NodeRoute): string {
  return `${to}${gateway === undefined ? "" : ` via ${gateway}`} by ${name}`;
}
