import { chainRules, type Table } from "./iptables.js";
import { chains, type NodeGuardOptions } from "./names.js";
import type { GuardFault, NodeGuardSeen, Rejections } from "./node-guard-seen.js";

interface SavedRule {
  readonly table: string;
  readonly packets: number;
  /** "-A FORWARD -j LAB-GUARD" */
  readonly rule: string;
}

/** Reads lines of `iptables-save -c`: "*filter", "[2:120] -A FORWARD -j LAB-GUARD". */
export function readIptablesGuard(lines: readonly string[], options: NodeGuardOptions): NodeGuardSeen {
  const rules = parse(lines);
  const own = rules.filter(({ rule }) => rule.startsWith(`-A ${chains.entry}`));
  if (own.length === 0) {
    const none: Rejections = { tcpReset: 0, hostUnreachable: 0, dropped: 0 };
    return { by: "nothing", guarding: false, faults: [{ kind: "no-rules" }], rejected: { services: none, pods: none } };
  }
  // The kernel of a node may have no security table; the filter table is the guard.
  const tables: readonly Table[] = own.some(({ table }) => table === "security") ? ["filter", "security"] : ["filter"];
  const faults = tables.map((table) => faultsOf(rules, table, options));
  return {
    by: "iptables",
    guarding: faults.some((ofTable) => ofTable.length === 0),
    faults: faults.flat(),
    rejected: { services: rejections(own, chains.services), pods: rejections(own, chains.pods) },
  };
}

function faultsOf(rules: readonly SavedRule[], table: Table, options: NodeGuardOptions): readonly GuardFault[] {
  const present = rules.filter((rule) => rule.table === table).map(({ rule }) => rule);
  const wanted = chainRules(table, options);
  const isWhole = Object.values(chains).every((chain) => {
    const of = (some: readonly string[]) => some.filter((rule) => rule.startsWith(`-A ${chain} `)).join("\n");
    return of(present) === of(wanted);
  });
  const second = (["FORWARD", "OUTPUT"] as const).filter(
    (hook) => present.find((rule) => rule.startsWith(`-A ${hook} `)) !== `-A ${hook} -j ${chains.entry}`,
  );
  return [
    ...(isWhole ? [] : [{ kind: "rules-changed", table } as const]),
    ...second.map((hook) => ({ kind: "not-first", table, hook }) as const),
  ];
}

function parse(lines: readonly string[]): readonly SavedRule[] {
  let table = "";
  return lines.flatMap((line) => {
    if (line.startsWith("*")) table = line.slice(1);
    const match = /^\[(\d+):\d+\] (-A .*)$/.exec(line.trim());
    return match ? [{ table, packets: Number(match[1]), rule: match[2] ?? "" }] : [];
  });
}

function rejections(rules: readonly SavedRule[], chain: string): Rejections {
  const count = (end: string) =>
    rules
      .filter(({ rule }) => rule.startsWith(`-A ${chain} `) && rule.endsWith(end))
      .reduce((sum, { packets }) => sum + packets, 0);
  return { tcpReset: count("tcp-reset"), hostUnreachable: count("host-unreachable"), dropped: count("DROP") };
}
