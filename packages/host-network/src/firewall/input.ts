import type { Match, NftChain, NftRule, Ruleset } from "@k3s-lab/guard";
import { type Cidr, parseCidr } from "@k3s-lab/ip";
import { isLabTable } from "../names.js";
import { drops, firewalldTable, type Place, rulesOf } from "./dropping-chains.js";

/** The TCP connection that a node begins with the host. */
interface Call {
  /** By which it comes in. */
  readonly link: string;
  /** Of the nodes. */
  readonly subnet: Cidr;
  /** The host's. */
  readonly address: string;
  readonly port: number;
}

/**
 * Finds the chain of the input hook that drops a connection: "ip filter INPUT". Only what is certain counts: a condition
 * that is not read here may let it in.
 */
export function inputThatDrops(ruleset: Ruleset, call: Call): string | undefined {
  const chain = ruleset.chains.filter(isInputFilter).find(({ family, table, name, policy }) => {
    const ends = endsOf(ruleset, { family, table, chain: name }, call);
    return [...ends].every((end) => end === "drop" || (end === "on" && policy === "drop"));
  });
  return chain && `${chain.family} ${chain.table} ${chain.name}`;
}

function isInputFilter({ hook, type, family, table }: NftChain): boolean {
  // firewalld has a lab's bridge in a zone that accepts.
  const isOurs = isLabTable(table) || table === firewalldTable;
  return hook === "input" && type === "filter" && (family === "ip" || family === "inet") && !isOurs;
}

/** How a chain may end: "on" is at its end, or by return. */
type End = "accept" | "drop" | "on";
type Chain = Pick<Place, "family" | "table" | "chain">;

function endsOf(ruleset: Ruleset, place: Chain, call: Call): ReadonlySet<End> {
  const ends = new Set<End>();
  for (const rule of rulesOf(ruleset, place)) {
    const applies = appliesTo(rule, call);
    if (applies === false) continue;
    const own = endsOfRule(ruleset, place, rule, call);
    for (const end of own.ends) ends.add(end);
    if (applies && !own.isPassed) return ends;
  }
  return ends.add("on");
}

/** Returns how its chain may end by a rule, and whether the next rule may be asked, too. */
function endsOfRule(
  ruleset: Ruleset,
  place: Chain,
  rule: NftRule,
  call: Call,
): { readonly ends: readonly End[]; readonly isPassed: boolean } {
  const { verdict, matches } = rule;
  if (matches.some(({ op }) => op === "vmap")) return { ends: ["accept", "drop"], isPassed: true };
  if (verdict === "accept") return { ends: ["accept"], isPassed: false };
  if (drops(rule)) return { ends: ["drop"], isPassed: false };
  if (verdict === "return") return { ends: ["on"], isPassed: false };
  if (typeof verdict !== "object") return { ends: [], isPassed: true };
  if ("goto" in verdict) {
    return { ends: [...endsOf(ruleset, { ...place, chain: verdict.goto }, call)], isPassed: false };
  }
  const ends = [...endsOf(ruleset, { ...place, chain: verdict.jump }, call)];
  return { ends: ends.filter((end) => end !== "on"), isPassed: ends.includes("on") };
}

/** Tells whether a rule's conditions apply; undefined where that cannot be told. */
function appliesTo({ matches }: NftRule, call: Call): boolean | undefined {
  const all = matches.map((match) => isMet(match, call));
  if (all.includes(false)) return false;
  return all.includes(undefined) ? undefined : true;
}

function isMet({ key, op, values }: Match, call: Call): boolean | undefined {
  // A new connection is in none of the states that rules ask for, nor does iptables' conntrack match ask for others.
  if (key === "xt conntrack" || (key === "ct state" && !values.includes("new"))) return op === "!=";
  if (op === "vmap") return undefined;
  const met = meets(key, values, call);
  if (op === "!=") return met === undefined ? undefined : !met;
  return op === "==" || op === "in" ? met : undefined;
}

function meets(key: string, values: readonly string[], { link, subnet, address, port }: Call): boolean | undefined {
  switch (key) {
    case "iif":
    case "iifname":
      return values.some((name) => (name.endsWith("*") ? link.startsWith(name.slice(0, -1)) : name === link));
    case "l4proto":
    case "ip protocol":
      return values.includes("tcp") || values.includes("6");
    case "tcp dport":
    case "th dport":
      return any(values, (value) => (/^\d+$/.test(value) ? Number(value) === port : undefined));
    case "ip saddr":
      return any(values, (value) => {
        const network = networkIn(value);
        return network && (network.contains(subnet) || (network.overlaps(subnet) ? undefined : false));
      });
    case "ip daddr":
      return any(values, (value) => networkIn(value)?.contains(address));
    case "ct state":
      return true;
    default:
      return /^(udp|icmp|icmpv6|ip6|sctp) /.test(key) ? false : undefined;
  }
}

/** Whether one of several values meets a condition; undefined where none surely does, but one may. */
function any(values: readonly string[], meetsIt: (value: string) => boolean | undefined): boolean | undefined {
  const all = values.map(meetsIt);
  if (all.includes(true)) return true;
  return all.includes(undefined) ? undefined : false;
}

function networkIn(value: string): Cidr | undefined {
  return /^[\d.]+(\/\d+)?$/.test(value) ? parseCidr(value) : undefined;
}
