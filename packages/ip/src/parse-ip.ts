import { Problem } from "@k3s-lab/problem";
import type { Link, Neighbour, Rule } from "./link.js";
import { linkKind, type RawKind, type SysLink } from "./link-kind.js";
import { parseRoute, type Route } from "./route.js";

/** Lines for `ip -4 -json -details -batch -`: one process reads everything. Each command prints a list of its own. */
export const ipBatch = "link show\naddress show\nroute show table all\nrule show\n";

interface RawLink extends RawKind {
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly mtu: number;
  readonly address?: string;
  readonly master?: string;
  readonly link?: string;
  readonly inet6_addr_gen_mode?: string;
}

interface RawAddresses {
  readonly ifname?: string;
  readonly addr_info?: readonly { readonly family?: string; readonly local?: string; readonly prefixlen?: number }[];
}

interface RawNeighbour {
  readonly dst: string;
  readonly dev?: string | undefined;
  /** Absent where nothing has answered. */
  readonly lladdr?: string | undefined;
  /** "REACHABLE", "STALE", "FAILED", ... Only neighbours have it. */
  readonly state?: readonly string[];
}

interface RawHop {
  readonly dev?: string;
  readonly gateway?: string;
  readonly flags?: readonly string[];
}

interface RawRoute extends RawHop {
  readonly dst: string;
  readonly type?: string;
  readonly table?: string;
  readonly metric?: number;
  readonly protocol?: string;
  readonly scope?: string;
  readonly nexthops?: readonly RawHop[];
}

interface RawRule {
  readonly priority: number;
  readonly table?: string;
  readonly iif?: string;
  readonly src?: string;
  readonly dst?: string;
  readonly dstlen?: number;
  readonly fwmark?: string;
  readonly fwmask?: string;
}

export interface IpState {
  readonly links: readonly Link[];
  readonly routes: readonly Route[];
  readonly rules: readonly Rule[];
}

const noHardware: SysLink = { device: false, wireless: false };

/** Reads what `ip` prints for ipBatch. `sys`: what /sys tells of a link; by default, that there is no hardware. */
export function parseIp(text: string, sys: (link: string) => SysLink = () => noHardware): IpState {
  const [links = [], addresses = [], routes = [], rules = []] = parseLists(text);
  const byLink = new Map((addresses as readonly RawAddresses[]).map((each) => [each.ifname, addressesOf(each)]));
  return {
    links: (links as readonly RawLink[]).map((raw) => linkOf(raw, byLink.get(raw.ifname) ?? [], sys(raw.ifname))),
    routes: (routes as readonly RawRoute[]).flatMap(routesOf),
    rules: (rules as readonly RawRule[]).map(ruleOf),
  };
}

/** Reads `ip -json neighbour show`: the neighbours whose MAC address is known. */
export function parseNeighbours(text: string): readonly Neighbour[] {
  return (parseLists(text).flat() as readonly RawNeighbour[]).flatMap(neighboursOf);
}

/** What a node that may have no more than busybox' `ip` tells of one link. */
export interface IpLines {
  /** "10.76.0.11/24" */
  readonly addresses: readonly string[];
  readonly routes: readonly Route[];
  readonly neighbours: readonly Neighbour[];
}

/**
 * Reads addresses, routes and neighbours from a JSON list a line, in any order; or, where no line is JSON, from what
 * `ip -o address`, `ip route` and `ip neigh` print. Other lines are left out.
 */
export function parseIpLines(lines: readonly string[]): IpLines {
  const json = lines.filter((line) => line.startsWith("["));
  if (json.length === 0) return parsePlainLines(lines);
  const items = parseLists(json.join("\n")).flat() as readonly (RawAddresses & RawRoute & RawNeighbour)[];
  const neighbours = items.filter(({ lladdr, state }) => (lladdr ?? state) !== undefined);
  return {
    addresses: items.flatMap(addressesOf),
    routes: items.filter((item) => item.dst !== undefined && !neighbours.includes(item)).flatMap(routesOf),
    neighbours: neighbours.flatMap(neighboursOf),
  };
}

const neighbourStates = /\b(?:PERMANENT|NOARP|REACHABLE|STALE|NONE|INCOMPLETE|DELAY|PROBE|FAILED)$/;

function parsePlainLines(lines: readonly string[]): IpLines {
  const neighbours = lines.filter((line) => neighbourStates.test(line.trim()));
  return {
    // "3: eth1    inet 10.76.0.11/24 scope global eth1 ..."
    addresses: lines.flatMap((line) => /^\d+: \S+ +inet ([\d.]+\/\d+)/.exec(line)?.[1] ?? []),
    routes: lines.filter((line) => /^(?:default|[\d./]+) /.test(line) && !neighbours.includes(line)).map(parseRoute),
    neighbours: neighbours.flatMap((line) => {
      const [dst = "", ...rest] = line.trim().split(/\s+/);
      const [lladdr, dev] = ["lladdr", "dev"].map((word) => rest[rest.indexOf(word) + 1 || rest.length]);
      return neighboursOf({ dst, lladdr, dev, state: rest.slice(-1) });
    }),
  };
}

function neighboursOf({ dst, dev, lladdr, state }: RawNeighbour): Neighbour[] {
  if (lladdr === undefined) return [];
  return [{ address: dst, mac: lladdr.toLowerCase(), dev, stale: state?.includes("STALE") ?? false }];
}

function addressesOf({ addr_info = [] }: RawAddresses): string[] {
  return addr_info.flatMap(({ family = "inet", local, prefixlen }) =>
    family === "inet" && local !== undefined ? [`${local}/${prefixlen}`] : [],
  );
}

function linkOf(raw: RawLink, addresses: readonly string[], sys: SysLink): Link {
  const { info_kind, info_data } = raw.linkinfo ?? {};
  return {
    name: raw.ifname,
    kind: linkKind(raw, sys),
    up: raw.flags.includes("UP"),
    carrier: raw.flags.includes("LOWER_UP"),
    mtu: raw.mtu,
    mac: raw.address,
    master: raw.master,
    parent: raw.link,
    addresses,
    ipv6: raw.inet6_addr_gen_mode,
    vxlan: info_kind === "vxlan" ? { link: info_data?.link, local: info_data?.local } : undefined,
  };
}

/** Makes a route of each next hop. */
function routesOf(raw: RawRoute): Route[] {
  const { dst, type = "unicast", table = "main", metric = 0, protocol, scope, flags = [], nexthops = [raw] } = raw;
  return nexthops.map(({ dev, gateway, flags: own = [] }) => {
    return { dst, type, table, metric, protocol, scope, dev, gateway, flags: [...new Set([...flags, ...own])] };
  });
}

const plainRule: ReadonlySet<string> = new Set(
  "priority src dst dstlen iif iif_detached fwmark fwmask table protocol".split(" "),
);

function ruleOf(raw: RawRule): Rule {
  const narrowed = (raw.src ?? "all") !== "all" || Object.keys(raw).some((key) => !plainRule.has(key));
  const to = raw.dst === undefined ? undefined : `${raw.dst}/${raw.dstlen ?? 32}`;
  const mark = raw.fwmark === undefined ? undefined : `${raw.fwmark}/${raw.fwmask ?? "0xffffffff"}`;
  return { priority: raw.priority, table: raw.table, iif: raw.iif, to, mark, narrowed };
}

/** Parses a list from each line; some versions of ip print an empty object where there is nothing. */
function parseLists(text: string): readonly (readonly unknown[])[] {
  try {
    return text
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => (JSON.parse(line) as readonly unknown[]).filter((item) => Object.keys(item as object).length > 0));
  } catch (cause) {
    throw new Problem("LAB-NET-015", "ip", "its JSON could not be read", { cause });
  }
}
