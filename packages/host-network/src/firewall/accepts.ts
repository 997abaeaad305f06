import type { NftRule, Ruleset } from "@k3s-lab/guard";
import { bridgeOf, ruleComment, isLabTable } from "../names.js";
import {
  dockerTable,
  dockerUser,
  drops,
  firewalldTable,
  type Place,
  placesThatDrop,
  rulesOf,
} from "./dropping-chains.js";
import type { Accept } from "./wanted-accepts.js";

export interface AcceptPlan {
  /** Where all accepts have to be inserted, at the head. */
  readonly open: readonly Place[];
  /** Accepts of the lab that are out of place or out of date. */
  readonly remove: readonly NftRule[];
}

/** `ruleset`: without what Docker has for the lab's bridge, where that is Docker's, too; see withoutDockers(). */
export function planAccepts(lab: string, wanted: readonly Accept[], ruleset: Ruleset): AcceptPlan {
  const places = placesThatDrop(ruleset);
  const open = places.filter((place) => !isOpen(lab, wanted, rulesOf(ruleset, place)));
  const right = places.filter((place) => !open.includes(place));
  const remove = acceptsOf(lab, ruleset).filter(
    (rule) => !right.some((place) => rulesOf(ruleset, place).includes(rule)),
  );
  return { open, remove };
}

/** Tells whether exactly the wanted accepts exist, and none comes after a rule that drops. */
function isOpen(lab: string, wanted: readonly Accept[], rules: readonly NftRule[]): boolean {
  const own = rules.filter((rule) => isAcceptOf(lab, rule));
  if (own.length !== wanted.length || !wanted.every((accept) => own.some((rule) => isFor(rule, accept)))) return false;
  const firstDrop = rules.findIndex(drops);
  return firstDrop === -1 || own.every((rule) => rules.indexOf(rule) < firstDrop);
}

/**
 * Finds the lab's accepts in tables of other programs, by the bridge, whose name has the lab's id, or by their comment.
 */
export function acceptsOf(lab: string, ruleset: Ruleset): readonly NftRule[] {
  return ruleset.rules.filter(
    (rule) => !isLabTable(rule.table) && rule.table !== firewalldTable && isAcceptOf(lab, rule),
  );
}

/**
 * Leaves out what Docker accepts for its own networks, which a lab of containers is on: in its chains, and in FORWARD, where a
 * lab puts nothing as long as there is a chain for other programs.
 */
export function withoutDockers(ruleset: Ruleset): Ruleset {
  const hasOwnPlace = ruleset.chains.some(({ name }) => name === dockerUser);
  const isDockers = ({ table, chain, verdict }: NftRule) =>
    verdict === "accept" &&
    (table === dockerTable ||
      (chain !== dockerUser && chain.startsWith("DOCKER")) ||
      (hasOwnPlace && chain === "FORWARD"));
  return { ...ruleset, rules: ruleset.rules.filter((rule) => !isDockers(rule)) };
}

function isAcceptOf(lab: string, rule: NftRule): boolean {
  const names = [valueOf(rule, "iifname"), valueOf(rule, "oifname")];
  return rule.verdict === "accept" && (rule.comment === ruleComment(lab) || names.includes(bridgeOf(lab)));
}

const ends: ReadonlySet<string> = new Set(["iifname", "oifname", "ip saddr", "ip daddr"]);

function isFor(rule: NftRule, { from, to, only, source, destination }: Accept): boolean {
  const more = rule.matches.filter(({ key }) => !ends.has(key));
  // nft does not read iptables' own words; the interfaces show which of the two it is.
  const condition = only === "redirected" ? "ct status" : "ct state";
  const state = more.length === 1 && (more[0]?.key === condition || more[0]?.key === "xt conntrack");
  const wanted = { iifname: from, oifname: to, "ip saddr": source, "ip daddr": destination };
  if (Object.entries(wanted).some(([key, value]) => valueOf(rule, key) !== value)) return false;
  return only === undefined ? more.length === 0 : state;
}

function valueOf(rule: NftRule, key: string): string | undefined {
  const match = rule.matches.find((each) => each.key === key && each.op === "==");
  return match?.values.length === 1 ? match.values[0] : undefined;
}
