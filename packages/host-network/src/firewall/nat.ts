import { inTable, type NftRule, replaceTable, type Ruleset } from "@k3s-lab/guard";
import type { Cidr } from "@k3s-lab/ip";
import { natTable } from "../names.js";

/** What leaves by the uplink does so with the host's address there, and in segments that fit. */
export interface Nat {
  readonly bridge: string;
  readonly subnet: Cidr;
  /** Absent where there is no uplink: nothing leaves then. */
  readonly uplink?: string | undefined;
}

/**
 * Renders the table. The uplink's MTU may be smaller than the LAN's. The host reports what is too large from a node;
 * what is too large on its way back, a far router reports, whose message is often lost: so nodes ask for smaller
 * segments from the start.
 */
export function renderNat(lab: string, { bridge, subnet, uplink }: Nat): string {
  const { family, table } = natTable(lab);
  const rule = (text: string) => (uplink === undefined ? "" : `\n    ${text}`);
  return `table ${family} ${table} {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;${rule(`ip saddr ${subnet} oifname "${uplink}" masquerade`)}
  }
  chain forward {
    type filter hook forward priority mangle; policy accept;${rule(
      `iifname "${bridge}" oifname "${uplink}" tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu`,
    )}
  }
}
`;
}

/** Tells whether the table is exactly as it would be written. */
export function hasNat(lab: string, { bridge, subnet, uplink }: Nat, ruleset: Ruleset): boolean {
  const hooks = inTable(ruleset.chains, natTable(lab)).map(({ name, hook }) => `${name} ${hook}`);
  if (hooks.toSorted().join() !== "forward forward,postrouting postrouting") return false;
  const rules = inTable(ruleset.rules, natTable(lab));
  if (uplink === undefined) return rules.length === 0;
  const translates = (rule: NftRule) =>
    rule.chain === "postrouting" &&
    rule.verdict === "masquerade" &&
    conditions(rule) === `ip saddr == ${subnet}, oifname == ${uplink}`;
  const clamps = (rule: NftRule) =>
    rule.chain === "forward" &&
    rule.verdict === undefined &&
    conditions(rule).startsWith(`iifname == ${bridge}, oifname == ${uplink}, `);
  return rules.length === 2 && rules.some(translates) && rules.some(clamps);
}

function conditions({ matches }: NftRule): string {
  return matches.map(({ key, op, values }) => `${key} ${op} ${values.join(" ")}`).join(", ");
}

export async function applyNat(lab: string, nat: Nat): Promise<void> {
  await replaceTable(natTable(lab), renderNat(lab, nat));
}
