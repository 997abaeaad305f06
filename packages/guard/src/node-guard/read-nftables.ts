import { inTable, type NftRule, type Ruleset } from "../ruleset.js";
import { type NodeGuardOptions, nodeGuardTable } from "./names.js";
import type { NodeGuardSeen, Rejections } from "./node-guard-seen.js";

/** Reads the guard strictly: a table with one rule more than the guard's own is none. */
export function readNftablesGuard(ruleset: Ruleset, options: NodeGuardOptions): NodeGuardSeen {
  const rules = inTable(ruleset.rules, nodeGuardTable);
  const hooked = inTable(ruleset.chains, nodeGuardTable).filter(
    ({ name, hook, priority }) => name === hook && priority === -10,
  );
  const isWhole =
    hooked.length === 2 && JSON.stringify(rules.map(shown).toSorted()) === JSON.stringify(wanted(options).toSorted());
  return {
    by: "nftables",
    guarding: isWhole,
    faults: isWhole ? [] : [{ kind: "rules-changed", table: "nftables" }],
    rejected: { services: rejections(rules, "services"), pods: rejections(rules, "pods") },
  };
}

function wanted({ serviceCidr, podCidr }: NodeGuardOptions): readonly string[] {
  return [
    `forward 0 ip daddr==${serviceCidr} goto services`,
    `forward 1 ip daddr==${podCidr} oif==lo fib daddr type!=local goto pods`,
    `output 0 ip daddr==${serviceCidr} goto services`,
    "output 1 ct status in dnat accept",
    `output 2 ip daddr==${podCidr} oif==lo fib daddr type!=local goto pods`,
    ...["services", "pods"].flatMap((chain) => [
      `${chain} 0 ct state in invalid drop`,
      `${chain} 1 l4proto==tcp reject`,
      `${chain} 2 reject`,
    ]),
  ];
}

function shown(rule: NftRule, _: number, all: readonly NftRule[]): string {
  const position = all.filter(({ chain }) => chain === rule.chain).indexOf(rule);
  const matches = rule.matches.map(({ key, op, values }) => {
    return `${key}${op === "in" ? " in " : op}${values.join(",")} `;
  });
  const verdict = typeof rule.verdict === "object" ? Object.entries(rule.verdict).flat().join(" ") : rule.verdict;
  return `${rule.chain} ${position} ${matches.join("")}${verdict}`;
}

function rejections(rules: readonly NftRule[], chain: string): Rejections {
  const [dropped = 0, tcpReset = 0, hostUnreachable = 0] = rules
    .filter((rule) => rule.chain === chain)
    .map(({ packets = 0 }) => packets);
  return { tcpReset, hostUnreachable, dropped };
}
