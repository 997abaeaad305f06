import { replaceTable, type Ruleset } from "@k3s-lab/guard";
import { natTable } from "../names.js";

/** What leaves by the uplink does so with the host's address there. */
export interface Nat {
  readonly subnet: string;
  /** Absent where there is no uplink: nothing leaves then. */
  readonly uplink?: string;
}

export function renderNat(lab: string, { subnet, uplink }: Nat): string {
  const { family, table } = natTable(lab);
  const rule = uplink === undefined ? "" : `\n    ip saddr ${subnet} oifname "${uplink}" masquerade`;
  return `table ${family} ${table} {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;${rule}
  }
}
`;
}

/** Whether the table stands exactly as it would be written. */
export function hasNat(lab: string, { subnet, uplink }: Nat, ruleset: Ruleset): boolean {
  const { family, table } = natTable(lab);
  const isIn = (each: { family: string; table: string }) => each.family === family && each.table === table;
  if (ruleset.chains.find(isIn)?.hook !== "postrouting") return false;
  const [rule, ...more] = ruleset.rules.filter(isIn);
  if (uplink === undefined) return rule === undefined;
  if (rule?.verdict !== "masquerade" || more.length > 0 || rule.matches.length !== 2) return false;
  const value = (key: string) => rule.matches.find((match) => match.key === key && match.op === "==")?.values.join();
  return value("ip saddr") === subnet && value("oifname") === uplink;
}

export async function applyNat(lab: string, nat: Nat): Promise<void> {
  await replaceTable(natTable(lab), renderNat(lab, nat));
}
