import { Problem } from "@k3s-lab/problem";
import type { Link, Route, Rule } from "./link.js";
import { linkKind, type RawKind, type SysLink } from "./link-kind.js";

/** Lines for `ip -4 -json -details -batch -`: one process reads all. Each command answers with a list of its own. */
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
}

export interface IpState {
  readonly links: readonly Link[];
  readonly routes: readonly Route[];
  readonly rules: readonly Rule[];
}

export function parseIp(text: string, sys: (link: string) => SysLink): IpState {
  const [links = [], addresses = [], routes = [], rules = []] = parseLists(text);
  const byLink = new Map((addresses as readonly RawAddresses[]).map((each) => [each.ifname, each.addr_info ?? []]));
  return {
    links: (links as readonly RawLink[]).map((raw) => linkOf(raw, byLink.get(raw.ifname) ?? [], sys(raw.ifname))),
    routes: (routes as readonly RawRoute[]).flatMap(routesOf),
    rules: (rules as readonly RawRule[]).map(ruleOf),
  };
}

function linkOf(raw: RawLink, addresses: NonNullable<RawAddresses["addr_info"]>, sys: SysLink): Link {
  return {
    name: raw.ifname,
    kind: linkKind(raw, sys),
    up: raw.flags.includes("UP"),
    carrier: raw.flags.includes("LOWER_UP"),
    mtu: raw.mtu,
    ...defined("mac", raw.address),
    ...defined("master", raw.master),
    ...defined("parent", raw.link),
    addresses: addresses
      .filter(({ family, local }) => family === "inet" && local !== undefined)
      .map(({ local, prefixlen }) => `${local}/${prefixlen}`),
    ...defined("ipv6", raw.inet6_addr_gen_mode),
  };
}

/** A route over several next hops counts once for each. */
function routesOf(raw: RawRoute): Route[] {
  const common = {
    dst: raw.dst,
    type: raw.type ?? "unicast",
    table: raw.table ?? "main",
    metric: raw.metric ?? 0,
    ...defined("protocol", raw.protocol),
    ...defined("scope", raw.scope),
  };
  const hops = raw.nexthops ?? [raw];
  return hops.map((hop) => ({
    ...common,
    ...defined("dev", hop.dev),
    ...defined("gateway", hop.gateway),
    flags: [...new Set([...(raw.flags ?? []), ...(hop.flags ?? [])])],
  }));
}

const plainRule: ReadonlySet<string> = new Set("priority src dst dstlen iif iif_detached table protocol".split(" "));

function ruleOf(raw: RawRule): Rule {
  const narrowed = (raw.src ?? "all") !== "all" || Object.keys(raw).some((key) => !plainRule.has(key));
  const to = raw.dst === undefined ? undefined : `${raw.dst}/${raw.dstlen ?? 32}`;
  return {
    priority: raw.priority,
    ...defined("table", raw.table),
    ...defined("iif", raw.iif),
    ...defined("to", to),
    narrowed,
  };
}

/** One list a line; some versions of ip print an empty object where there is nothing. */
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

function defined<Key extends string>(key: Key, value: string | undefined): { [K in Key]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { [K in Key]?: string };
}
