import { parseCidr, isVif, type Link, linkNamed } from "@k3s-lab/ip";
import { Problem } from "@k3s-lab/problem";
import { isLabLink } from "../names.js";
import type { Uplink } from "../network.js";
import { type Host } from "../probe/host.js";
import { firstReason } from "./first-reason.js";
import { isWayOut } from "./leads-out.js";

/** A default route, and whether its link can be the uplink. */
export interface Candidate {
  readonly name: string;
  readonly metric: number;
  readonly gateway?: string | undefined;
  /** Why it cannot be the uplink, as a sentence without its subject; absent where it can. */
  readonly unsuitable?: string | undefined;
}

export interface UplinkChoice {
  readonly uplink: Uplink | null;
  /** As a sentence without its subject: "has the default route of the lowest metric". */
  readonly reason: string;
  /** Every default route of the main table, the best first. */
  readonly candidates: readonly Candidate[];
}

/** Chooses the uplink. `wanted`: network.uplink of lab.yaml, "auto" or the name of a link. */
export function chooseUplink(host: Host, wanted = "auto", file = "lab.yaml"): UplinkChoice {
  const candidates = candidatesOf(host);
  if (wanted !== "auto") return named(host, wanted, candidates, file);
  const suitable = candidates.filter(({ unsuitable }) => unsuitable === undefined);
  const [best] = suitable;
  if (best === undefined) {
    const seen = candidates.map(({ name, unsuitable }) => `${name} ${unsuitable}`).join(", ");
    const reason = candidates.length === 0 ? "there is no default route" : `no default route will do: ${seen}`;
    return { uplink: null, reason, candidates };
  }
  const only = candidates.length === 1 ? "has the only default route" : "has the only default route that will do";
  const reason = suitable.length === 1 ? only : "has the default route of the lowest metric";
  return { uplink: uplinkOf(host, best.name, best.gateway), reason, candidates };
}

/**
 * Finds what is called default in the main table, and nothing else: a VPN that redirects all traffic by two halves
 * (0.0.0.0/1 and 128.0.0.0/1), or by a table of its own, leaves it there.
 */
function candidatesOf(host: Host): readonly Candidate[] {
  return host.routes
    .filter(({ dst, type, table }) => dst === "default" && type === "unicast" && table === "main")
    .flatMap(({ dev, metric, gateway, flags }) =>
      dev === undefined ? [] : [{ name: dev, metric, gateway, unsuitable: unsuitabilityOf(host, dev, flags) }],
    )
    .toSorted((a, b) => rank(host, a) - rank(host, b) || a.metric - b.metric);
}

/** Ranks PPP, which may be the way out (DSL, a modem) or a VPN's, below any link that is surely a way out. */
function rank(host: Host, { name }: Candidate): number {
  return linkNamed(host.links, name)?.kind === "ppp" ? 1 : 0;
}

/** Returns why a link is not taken unless it is named, as a sentence without its subject. */
function unsuitabilityOf({ links }: Host, name: string, flags: readonly string[]): string | undefined {
  const link = linkNamed(links, name);
  const unsuitable = unsuitability(link, flags);
  if (link === undefined || unsuitable !== undefined || isWayOut(links, link)) return unsuitable;
  return `is not known to lead out (${link.kind}): name it with network.uplink if it does`;
}

/** Returns why a link cannot be the uplink, named or not. */
export function unsuitability(link: Link | undefined, flags: readonly string[]): string | undefined {
  if (link === undefined) return "is gone";
  return firstReason([
    [isVif(link), `is a VPN or VIF (${link.kind})`],
    [link.kind === "loopback" || link.kind === "dummy", `leads nowhere (${link.kind})`],
    [isLabLink(link.name), "belongs to a lab"],
    [!link.up || flags.includes("dead"), "is down"],
    [!link.carrier || flags.includes("linkdown"), "has no carrier"],
  ]);
}

function named(host: Host, name: string, candidates: readonly Candidate[], file: string): UplinkChoice {
  const link = linkNamed(host.links, name);
  const never = link && unsuitability({ ...link, up: true, carrier: true }, []);
  if (link === undefined || never !== undefined) {
    const what = never === undefined ? unknownLink(host) : `${never}: lab traffic must not leave by it`;
    const remedy = "Name another, or write auto.";
    throw new Problem("LAB-NET-011", file, `network.uplink: ${name} ${what}`, { remedy });
  }
  const now = unsuitability(link, []);
  if (now !== undefined) return { uplink: null, reason: `${name}, named in lab.yaml, ${now}`, candidates };
  return { uplink: uplinkOf(host, name, gatewayOf(host, name)), reason: "is named in lab.yaml", candidates };
}

/**
 * Returns the router of a link's default route, in any table; else any router on it, such as that to a VPN's server.
 */
export function gatewayOf(host: Host, name: string): string | undefined {
  const routed = host.routes.filter(({ dev, gateway }) => dev === name && gateway !== undefined);
  const best = routed.filter(({ dst }) => dst === "default").toSorted((a, b) => a.metric - b.metric)[0] ?? routed[0];
  return best?.gateway;
}

const linkLocal = parseCidr("169.254.0.0/16");

function uplinkOf(host: Host, name: string, gateway: string | undefined): Uplink {
  const networks = (linkNamed(host.links, name)?.addresses ?? [])
    .map(parseCidr)
    .filter((network) => network.bits < 32 && !linkLocal.overlaps(network));
  return { name, gateway, networks: [...new Set(networks.map(String))].toSorted().map(parseCidr) };
}

/** Tells that a name is no link's, to stand after the name. */
export function unknownLink({ links }: Host): string {
  const names = links.filter(({ kind }) => kind !== "loopback").map(({ name }) => name);
  return `is no interface of this host, expected one of ${names.join(", ")}`;
}
