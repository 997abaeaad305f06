import { type Link, type LinkKind, linkNamed } from "@k3s-lab/ip";
import { isLabLink } from "../names.js";

/** The kinds that are the host's hardware, virtual machines' cards included. */
const cards: ReadonlySet<LinkKind> = new Set(["wired", "wifi", "mobile"]);
/** The kinds that may have the default route, besides: a container's cable, and DSL or a modem. */
const waysOut: ReadonlySet<LinkKind> = new Set([...cards, "veth", "ppp"]);
/** What else is plugged into a bridge: virtual machines and containers, and what only keeps its MAC address. */
const plugged: ReadonlySet<LinkKind> = new Set(["tap", "veth", "dummy"]);

/**
 * Tells whether a link leads out through the host's hardware: a card, or something made of cards. Anything else, unknown
 * kinds included, may lead back into a cluster.
 */
export function isCard(links: readonly Link[], link: Link): boolean {
  return isMadeOf(links, link, cards);
}

/** Tells whether a link that has the default route is known to lead out, in a container too. */
export function isWayOut(links: readonly Link[], link: Link): boolean {
  // A container's VLAN or macvlan sits on a link of another network namespace, like the far end of a veth.
  const isOfContainer = ["vlan", "macvlan"].includes(link.kind) && link.parent === undefined;
  return isOfContainer || isMadeOf(links, link, waysOut);
}

function isMadeOf(links: readonly Link[], { name, kind, parent }: Link, kinds: ReadonlySet<LinkKind>): boolean {
  if (isLabLink(name)) return false;
  if (kinds.has(kind)) return true;
  const isGood = (part: Link) => isMadeOf(links, part, kinds);
  const parts = links.filter(({ master }) => master === name);
  switch (kind) {
    case "vlan":
    case "macvlan": {
      const below = linkNamed(links, parent);
      return below !== undefined && isGood(below);
    }
    // A bridge sends to each of its parts: a tunnel among them leads anywhere.
    case "bridge":
      return parts.some(isGood) && parts.every((part) => isGood(part) || plugged.has(part.kind));
    case "bond":
      return parts.length > 0 && parts.every(isGood);
    default:
      return false;
  }
}
