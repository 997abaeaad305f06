import type { NftChain, NftRule, Ruleset } from "@k3s-lab/guard";
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
export const firewalldTable = "firewalld";

/**
 * Finds one place for each chain of the forward hook that drops: an accept counts for its own chain alone, whatever table
 * comes before or after. What drops is read, not guessed by who made it.
 */
export function placesThatDrop(ruleset: Ruleset): readonly Place[] {
  return ruleset.chains.filter(isForwardFilter).flatMap((chain) => {
    if (chain.policy !== "drop" && !dropsSomething(ruleset, chain)) return [];
    const iptables = chain.family === "ip" && chain.table === "filter" && chain.name === "FORWARD";
    const place = iptables && startsWithDockerUser(ruleset, chain) ? dockerUser : chain.name;
    return [{ family: chain.family, table: chain.table, chain: place, iptables }];
  });
}

function isForwardFilter({ hook, family, table }: NftChain): boolean {
  // firewalld replaces its table at every reload, and may own it: it is asked for a zone instead.
  return hook === "forward" && (family === "ip" || family === "inet") && !isLabTable(table) && table !== firewalldTable;
}

/** Looks in the chain, and in those that it leads to. */
function dropsSomething(
  ruleset: Ruleset,
  chain: Pick<NftChain, "family" | "table" | "name">,
  seen = new Set<string>(),
): boolean {
  if (seen.has(chain.name)) return false;
  seen.add(chain.name);
  return rulesOf(ruleset, chain).some((rule) => {
    if (rule.verdict === "drop" || rule.verdict === "reject") return true;
    const target = targetOf(rule);
    return target !== undefined && dropsSomething(ruleset, { ...chain, name: target }, seen);
  });
}

/** Docker keeps this chain for other programs, across its restarts; it counts where no rule comes before it. */
function startsWithDockerUser(ruleset: Ruleset, chain: NftChain): boolean {
  const first = rulesOf(ruleset, chain)[0];
  return first !== undefined && targetOf(first) === dockerUser && first.matches.length === 0;
}

export function targetOf({ verdict }: NftRule): string | undefined {
  if (typeof verdict !== "object") return undefined;
  return "jump" in verdict ? verdict.jump : verdict.goto;
}

export function rulesOf(ruleset: Ruleset, chain: Pick<NftChain, "family" | "table" | "name">): readonly NftRule[] {
  return ruleset.rules.filter(
    (rule) => rule.family === chain.family && rule.table === chain.table && rule.chain === chain.name,
  );
}
