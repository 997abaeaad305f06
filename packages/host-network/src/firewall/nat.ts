import { inTable, type NftRule, replaceTable, type Ruleset } from "@k3s-lab/guard";
import type { Cidr } from "@k3s-lab/ip";
import { natTable, redirectedMark } from "../names.js";

/** Has packets leave by the uplink, or another way out, with the host's address there and in segments that fit. */
export interface Nat {
  readonly bridge: string;
  readonly subnet: Cidr;
  /** The interfaces that lead out; where there is none, nothing leaves. */
  readonly out: readonly string[];
}

/**
 * Renders the table. A way out may have a smaller MTU than the LAN. The host reports what is too large from a node; what
 * is too large on its way back, a far router reports, whose message is often lost: so nodes ask for smaller segments
 * from the start.
 *
 * A connection that the host has sent on to another address (a port that Docker publishes) is marked, both ways, for
 * the rule of redirectedMark: after every translation, before the route is looked up.
 */
export function renderNat(lab: string, { bridge, subnet, out }: Nat): string {
  const { family, table } = natTable(lab);
  const names = out.map((name) => `"${name}"`).join(", ");
  const rule = (text: string) => (out.length === 0 ? "" : `\n    ${text}`);
  return `table ${family} ${table} {
  chain redirected {
    type filter hook prerouting priority filter; policy accept;
    ct original ip saddr ${subnet} ct status dnat meta mark set meta mark & 0x00ffffff | ${redirectedMark.value}
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;${rule(`ip saddr ${subnet} oifname { ${names} } masquerade`)}
  }
  chain forward {
    type filter hook forward priority mangle; policy accept;${rule(
      `iifname "${bridge}" oifname { ${names} } tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu`,
    )}
  }
}
`;
}

/** Tells whether the table is exactly as it would be written. */
export function hasNat(lab: string, { bridge, subnet, out }: Nat, ruleset: Ruleset): boolean {
  const hooks = inTable(ruleset.chains, natTable(lab)).map(({ name, hook }) => `${name} ${hook}`);
  if (hooks.toSorted().join() !== "forward forward,postrouting postrouting,redirected prerouting") return false;
  const names = out.toSorted().join(" ");
  const wanted: Readonly<Record<string, (rule: NftRule) => boolean>> = {
    redirected: (rule) => {
      const [from, status, ...others] = conditions(rule);
      const isMark = from === `ct ip saddr == ${subnet}` && others.length === 0;
      return isMark && status?.startsWith("ct status ") === true;
    },
    ...(out.length > 0 && {
      postrouting: (rule) =>
        rule.verdict === "masquerade" && conditions(rule).join() === `ip saddr == ${subnet},oifname == ${names}`,
      forward: (rule) =>
        rule.verdict === undefined && conditions(rule).join().startsWith(`iifname == ${bridge},oifname == ${names},`),
    }),
  };
  const rules = inTable(ruleset.rules, natTable(lab));
  return rules.length === Object.keys(wanted).length && rules.every((rule) => wanted[rule.chain]?.(rule));
}

function conditions({ matches }: NftRule): readonly string[] {
  return matches.map(({ key, op, values }) => `${key} ${op} ${values.toSorted().join(" ")}`);
}

export async function applyNat(lab: string, nat: Nat): Promise<void> {
  await replaceTable(natTable(lab), renderNat(lab, nat));
}
