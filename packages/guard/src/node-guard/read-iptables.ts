import { chainRules, type Table } from "./iptables.js";
import { chains, type NodeGuardOptions } from "./names.js";
import type { NodeGuardSeen, Rejections } from "./seen.js";

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
    return { by: "nothing", faults: ["the guard has no rules"], rejected: { services: none, pods: none } };
  }
  // The kernel of a node may have no security table; the filter table is the guard.
  const tables: readonly Table[] = own.some(({ table }) => table === "security") ? ["filter", "security"] : ["filter"];
  const faults = tables.flatMap((table) => faultsOf(rules, table, options));
  return {
    by: "iptables",
    faults,
    rejected: { services: rejections(own, chains.services), pods: rejections(own, chains.pods) },
  };
}

function faultsOf(rules: readonly SavedRule[], table: Table, options: NodeGuardOptions): readonly string[] {
  const there = rules.filter((rule) => rule.table === table).map(({ rule }) => rule);
  const wanted = chainRules(table, options);
  const isWhole = Object.values(chains).every((chain) => {
    const of = (some: readonly string[]) => some.filter((rule) => rule.startsWith(`-A ${chain} `)).join("\n");
    return of(there) === of(wanted);
  });
  const second = ["FORWARD", "OUTPUT"].filter(
    (hook) => there.find((rule) => rule.startsWith(`-A ${hook} `)) !== `-A ${hook} -j ${chains.entry}`,
  );
  return [
    ...(isWhole ? [] : [`the guard's rules in iptables' table ${table} are not whole`]),
    ...second.map((hook) => `the guard is not first in ${hook} of iptables' table ${table}`),
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
