import type { MachineProvider } from "@k3s-lab/lab";
import type { Link, LinkKind } from "@k3s-lab/ip";
import { suitabilityOf, takesNodes } from "./choose/lan-interface.js";
import { chooseUplink, unsuitability } from "./choose/uplink.js";
import { isLabLink } from "./names.js";
import type { Host } from "./probe/host.js";

/** An interface of the host that a person may name, and what speaks for or against it. */
export interface InterfaceOffer {
  readonly name: string;
  readonly kind: LinkKind;
  /** As a sentence without its subject: "has the default route by 192.168.1.1, metric 100". */
  readonly reason: string;
  /** Whether it can be taken. */
  readonly fits: boolean;
}

/** What `auto` comes to, and what there is besides. */
export interface InterfaceOffers {
  readonly auto: { readonly name: string | undefined; readonly reason: string };
  readonly offers: readonly InterfaceOffer[];
}

/** Leaves out what nobody would name: the loopback, cables of containers, and what labs have made. */
function linksOfInterest({ links, routes }: Host): readonly Link[] {
  // Where the host is itself a container, its own cable is its way out.
  const isWayOut = (name: string) => routes.some(({ dst, dev }) => dst === "default" && dev === name);
  const isCable = ({ name, kind }: Link) => (kind === "veth" || kind === "dummy") && !isWayOut(name);
  return links.filter((link) => link.kind !== "loopback" && !isLabLink(link.name) && !isCable(link));
}

/** Offers interfaces for `network.uplink`, those with a default route first. */
export function offerUplinks(host: Host): InterfaceOffers {
  const { uplink, reason, candidates } = chooseUplink(host);
  const offers = linksOfInterest(host).map((link): InterfaceOffer => {
    const { name, kind } = link;
    const unfit = unsuitability(link, []);
    const route = candidates.find((candidate) => candidate.name === name);
    const via = route?.gateway === undefined ? "" : ` by ${route.gateway}`;
    const has = route === undefined ? "has no default route" : `has the default route${via}, metric ${route.metric}`;
    return { name, kind, reason: unfit ?? has, fits: unfit === undefined };
  });
  const rank = ({ name, fits }: InterfaceOffer) => {
    const place = candidates.findIndex((candidate) => candidate.name === name);
    return (fits ? 0 : 1000) + (place === -1 ? candidates.length : place);
  };
  return { auto: { name: uplink?.name, reason }, offers: offers.toSorted((a, b) => rank(a) - rank(b)) };
}

/** Offers interfaces for `network.interface`, for machines of one kind; those that fit come first. */
export function offerLanInterfaces(host: Host, provider: MachineProvider): InterfaceOffers {
  const offers = linksOfInterest(host)
    .map((link): InterfaceOffer => {
      const suitability = suitabilityOf(host, link, provider);
      const fits = "by" in suitability;
      return {
        name: link.name,
        kind: link.kind,
        reason: fits ? takesNodes(suitability.by) : suitability.unsuitable,
        fits,
      };
    })
    .toSorted((a, b) => Number(b.fits) - Number(a.fits));
  const { uplink, reason } = chooseUplink(host);
  const taken = offers.find(({ name }) => name === uplink?.name);
  if (taken?.fits) return { auto: { name: taken.name, reason: `${reason}, and ${taken.reason}` }, offers };
  const why = taken === undefined ? reason : `${taken.name}, which ${reason}, ${taken.reason}`;
  return { auto: { name: undefined, reason: why }, offers };
}
