import { type Cidr, parseCidr } from "./cidr.js";

export interface Route {
  /** "default", "10.76.0.0/24" or an address. */
  readonly dst: string;
  /** unicast, local, broadcast, unreachable, ... */
  readonly type: string;
  readonly table: string;
  readonly metric: number;
  readonly dev?: string | undefined;
  readonly gateway?: string | undefined;
  readonly protocol?: string | undefined;
  readonly scope?: string | undefined;
  readonly flags: readonly string[];
}

/** What routeText needs of a route. */
export type RouteParts = Pick<Route, "dst"> & Partial<Route>;

const types: ReadonlySet<string> = new Set(
  "unicast local broadcast multicast throw unreachable prohibit blackhole nat anycast".split(" "),
);
const flagWords = ["onlink", "linkdown", "dead", "pervasive"] as const;

/**
 * Renders the one text form of a route, which `ip route` understands: "default via 10.76.0.1 dev eth0". Two routes of a
 * table that differ in nothing that matters to a lab have the same text.
 */
export function routeText({ type, dst, gateway, dev, scope, metric, flags }: RouteParts): string {
  const words = [
    type !== "unicast" && type,
    dst,
    gateway && `via ${gateway}`,
    dev && `dev ${dev}`,
    scope === "link" && "scope link",
    metric && `metric ${metric}`,
    flags?.includes("onlink") && "onlink",
  ];
  return words.filter(Boolean).join(" ");
}

/** Reads that text form, and a line of `ip route show`, that of busybox included. */
export function parseRoute(line: string): Route {
  const words = line.trim().split(/\s+/);
  const type = types.has(words[0] ?? "") ? words.shift() : undefined;
  const after = (word: string) => (words.includes(word) ? words[words.indexOf(word) + 1] : undefined);
  return {
    dst: words[0] ?? "",
    type: type ?? "unicast",
    table: after("table") ?? "main",
    metric: Number(after("metric") ?? 0),
    dev: after("dev"),
    gateway: after("via"),
    protocol: after("proto"),
    scope: after("scope"),
    flags: flagWords.filter((flag) => words.includes(flag)),
  };
}

/** Tells whether a route leads away from the host, and not to the host itself or nowhere. */
export function leadsOut({ type, table }: Pick<Route, "type" | "table">): boolean {
  return type === "unicast" && table !== "local";
}

/** Returns the route that a table sends an address by: of those that lead to it, the longest, then the lowest metric. */
export function routeTo<Parts extends RouteParts>(table: readonly Parts[], address: string): Parts | undefined {
  return table
    .filter(({ dst }) => networkOf(dst).contains(address))
    .toSorted((a, b) => networkOf(b.dst).bits - networkOf(a.dst).bits || (a.metric ?? 0) - (b.metric ?? 0))[0];
}

function networkOf(dst: string): Cidr {
  return parseCidr(dst === "default" ? "0.0.0.0/0" : dst);
}
