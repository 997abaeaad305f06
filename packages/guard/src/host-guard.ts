import { replaceTable } from "./nft.js";
import { inTable, type NftRule, type Ruleset, type TableName } from "./ruleset.js";

/** What may be forwarded from the lab's bridge: an allow-list, so that no VIF need be known by name. */
export interface HostGuard {
  readonly bridge: string;
  /** Names of interfaces; the bridge itself (nodes among each other) is always one of them. */
  readonly allowed: readonly string[];
}

export function hostGuardTable(lab: string): TableName {
  return { family: "inet", table: `k3s_lab_${lab}_guard` };
}

/**
 * Renders the table. It rejects at once instead of dropping: a client then fails in milliseconds and sends no
 * retransmits, which could reach a VIF later. Both IP versions; interfaces by name, so that the table outlives a link
 * that comes and goes.
 */
export function renderHostGuard(lab: string, guard: HostGuard): string {
  const { family, table } = hostGuardTable(lab);
  return `table ${family} ${table} {
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname != "${guard.bridge}" accept
    oifname { ${allowedBy(guard)} } accept
    meta l4proto tcp counter reject with tcp reset
    counter reject with icmpx type host-unreachable
  }
}
`;
}

/** Reads the guard as it is, or undefined where there is none or where it is not whole. */
export function readHostGuard(lab: string, ruleset: Ruleset): HostGuard | undefined {
  const [chain] = inTable(ruleset.chains, hostGuardTable(lab));
  const [own, allow, ...rejects] = inTable(ruleset.rules, hostGuardTable(lab));
  const bridge = acceptsOnly(own, "iifname", "!=")?.[0];
  const allowed = acceptsOnly(allow, "oifname", "==");
  if (chain?.hook !== "forward" || bridge === undefined || allowed === undefined) return undefined;
  if (rejects.some(({ verdict }) => verdict !== "reject") || rejects.at(-1)?.matches.length !== 0) return undefined;
  return { bridge, allowed: allowed.toSorted() };
}

export async function applyHostGuard(lab: string, guard: HostGuard): Promise<void> {
  await replaceTable(hostGuardTable(lab), renderHostGuard(lab, guard));
}

function allowedBy({ bridge, allowed }: HostGuard): string {
  const names = [...new Set([bridge, ...allowed])].toSorted();
  return names.map((name) => `"${name}"`).join(", ");
}

/** Returns the values of the only condition of a rule that accepts; undefined where it is another rule. */
function acceptsOnly(rule: NftRule | undefined, key: string, op: string): readonly string[] | undefined {
  const [match, ...more] = rule?.verdict === "accept" ? rule.matches : [];
  return match?.key === key && match.op === op && more.length === 0 ? match.values : undefined;
}
