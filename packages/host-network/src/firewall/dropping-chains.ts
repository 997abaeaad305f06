import { inTable, type NftChain, type NftRule, type Ruleset } from "@k3s-lab/guard";
import { isLabTable } from "../names.js";

/** A chain in which the accepts of a lab count. */
export interface Place {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  /** iptables made the table: what nft writes into it, iptables may not be able to read any more. */
  readonly iptables: boolean;
}

export const dockerUser = "DOCKER-USER";
/** Docker's own table, where it writes nftables' rules itself. */
export const dockerTable = "docker-bridges";
export const firewalldTable = "firewalld";

/**
 * Finds one place for each chain of the forward hook that drops: an accept counts for its own chain alone, whatever
 * table comes before or after. What drops is read from the rules, not guessed from the program that made them.
 */
export function placesThatDrop(ruleset: Ruleset): readonly Place[] {
  return ruleset.chains.filter(isForwardFilter).flatMap(({ family, table, name, policy }) => {
    const iptables = family === "ip" && table === "filter" && name === "FORWARD";
    const place = { family, table, chain: name, iptables };
    if (policy !== "drop" && !dropsSomething(ruleset, place)) return [];
    return iptables && startsWithDockerUser(ruleset, place) ? [{ ...place, chain: dockerUser }] : [place];
  });
}

function isForwardFilter({ hook, family, table }: NftChain): boolean {
  // firewalld replaces its table at every reload, and may own it: it is asked for a zone instead.
  return hook === "forward" && (family === "ip" || family === "inet") && !isLabTable(table) && table !== firewalldTable;
}

/** Looks in the chain, and in those that it leads to. */
function dropsSomething(ruleset: Ruleset, place: Place, seen = new Set<string>()): boolean {
  if (seen.has(place.chain)) return false;
  seen.add(place.chain);
  return rulesOf(ruleset, place).some((rule) => {
    const chain = targetOf(rule);
    return drops(rule) || (chain !== undefined && dropsSomething(ruleset, { ...place, chain }, seen));
  });
}

/** Tells whether Docker's chain for other programs, which outlives its restarts, comes before every other rule. */
function startsWithDockerUser(ruleset: Ruleset, place: Place): boolean {
  const [first] = rulesOf(ruleset, place);
  return first !== undefined && targetOf(first) === dockerUser && first.matches.length === 0;
}

export function drops({ verdict }: NftRule): boolean {
  return verdict === "drop" || verdict === "reject";
}

export function targetOf({ verdict }: NftRule): string | undefined {
  if (typeof verdict !== "object") return undefined;
  return "jump" in verdict ? verdict.jump : verdict.goto;
}

export function rulesOf(ruleset: Ruleset, place: Pick<Place, "family" | "table" | "chain">): readonly NftRule[] {
  return inTable(ruleset.rules, place).filter(({ chain }) => chain === place.chain);
}
