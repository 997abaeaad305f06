import { replaceTable } from "./nft.js";
import type { NftRule, Ruleset, TableName } from "./ruleset.js";

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
 * Rejects at once instead of dropping: a client then fails in milliseconds and sends no retransmits, which could
 * reach a VIF later. Both IP versions; interfaces by name, so that the table outlives a link that comes and goes.
 */
export function renderHostGuard(lab: string, guard: HostGuard): string {
  const { family, table } = hostGuardTable(lab);
  return `table ${family} ${table} {
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname != "${guard.bridge}" accept
    oifname { ${allowedBy(guard).map(quote).join(", ")} } accept
    meta l4proto tcp counter reject with tcp reset
    counter reject with icmpx type host-unreachable
  }
}
`;
}

/** The guard as it stands, or undefined where there is none or where it is not whole. */
export function readHostGuard(lab: string, ruleset: Ruleset): HostGuard | undefined {
  const { family, table } = hostGuardTable(lab);
  const chain = ruleset.chains.find((each) => each.family === family && each.table === table);
  if (chain?.hook !== "forward") return undefined;
  const [own, allow, ...rejects] = ruleset.rules.filter((rule) => rule.family === family && rule.table === table);
  const bridge = only(own, "iifname", "!=")?.[0];
  const allowed = only(allow, "oifname", "==");
  if (bridge === undefined || allowed === undefined) return undefined;
  if (own?.verdict !== "accept" || allow?.verdict !== "accept") return undefined;
  const [last] = rejects.slice(-1);
  if (rejects.some((rule) => rule.verdict !== "reject") || last?.matches.length !== 0) return undefined;
  return { bridge, allowed: [...allowed].toSorted() };
}

export async function applyHostGuard(lab: string, guard: HostGuard): Promise<void> {
  await replaceTable(hostGuardTable(lab), renderHostGuard(lab, guard));
}

function allowedBy({ bridge, allowed }: HostGuard): readonly string[] {
  return [...new Set([bridge, ...allowed])].toSorted();
}

function only(rule: NftRule | undefined, key: string, op: string): readonly string[] | undefined {
  const [match, ...more] = rule?.matches ?? [];
  return match?.key === key && match.op === op && more.length === 0 ? match.values : undefined;
}

function quote(name: string): string {
  return `"${name}"`;
}
