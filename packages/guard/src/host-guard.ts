import type { Cidr } from "@k3s-lab/ip";
import { replaceTable } from "./nft.js";
import { inTable, type Match, type NftRule, type Ruleset, type TableName } from "./ruleset.js";

/** What may be forwarded from the lab's bridge: an allow-list, so that no VIF need be known by name. */
export interface HostGuard {
  readonly bridge: string;
  /** Names of interfaces through which everything else may leave. Nodes always reach each other through the bridge. */
  readonly allowed: readonly string[];
  /** Networks that may be reached through further interfaces; nothing else may leave through these. */
  readonly routes: readonly AllowedRoute[];
  /** The lab's networks: only the bridge leads to them, however large the networks of other interfaces are. */
  readonly inside: readonly Cidr[];
}

export interface AllowedRoute {
  readonly interface: string;
  readonly to: Cidr;
}

export function hostGuardTable(lab: string): TableName {
  return { family: "inet", table: `k3s_lab_${lab}_guard` };
}

type GuardRule = Pick<NftRule, "matches" | "verdict">;

/**
 * Renders the table. It rejects at once instead of dropping: a client then fails in milliseconds and sends no
 * retransmits, which could reach a VIF later. Where br_netfilter is loaded, the kernel sends a reset without translating
 * its source back, which the client does not accept as an answer; hence an ICMP message for what was translated. Both
 * IP versions; interfaces by name, so that the table outlives a link
 * that comes and goes.
 */
export function renderHostGuard(lab: string, guard: HostGuard): string {
  const { family, table } = hostGuardTable(lab);
  return `table ${family} ${table} {
  chain refuse {
    ct status dnat counter reject with icmpx type port-unreachable
    meta l4proto tcp counter reject with tcp reset
    counter reject with icmpx type host-unreachable
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
${rulesOf(guard)
  .map((rule) => `    ${render(rule)}\n`)
  .join("")}  }
}
`;
}

function rulesOf({ bridge, allowed, routes, inside }: HostGuard): readonly GuardRule[] {
  const refuse = { goto: "refuse" };
  const to = (cidr: Cidr) => match("ip daddr", [cidr.bits === 32 ? cidr.at(0) : String(cidr)]);
  return [
    { matches: [match("iifname", [bridge], "!=")], verdict: "accept" },
    { matches: [match("oifname", [bridge])], verdict: "accept" },
    ...inside.map((cidr) => ({ matches: [to(cidr)], verdict: refuse })),
    ...(allowed.length === 0 ? [] : [{ matches: [match("oifname", allowed)], verdict: "accept" as const }]),
    ...routes.map((route) => ({
      matches: [match("oifname", [route.interface]), to(route.to)],
      verdict: "accept" as const,
    })),
    // A port that the host itself has forwarded to one of its containers, as Docker publishes them.
    { matches: [match("ct status", ["dnat"], "in"), match("oifkind", ["bridge"])], verdict: "accept" },
    { matches: [], verdict: refuse },
  ];
}

function match(key: string, values: readonly string[], op = "=="): Match {
  return { key, op, values };
}

function render({ matches, verdict }: GuardRule): string {
  const words = matches.map(({ key, op, values }) => {
    if (!key.startsWith("oif") && !key.startsWith("iif")) return `${key} ${values.join(", ")}`;
    const names = values.map((name) => `"${name}"`).join(", ");
    return `meta ${key} ${op === "==" ? "" : `${op} `}${values.length === 1 ? names : `{ ${names} }`}`;
  });
  return [...words, typeof verdict === "object" ? "goto refuse" : verdict].join(" ");
}

/** Tells whether the guard is exactly as it would be written: with a rule more or less it does not count. */
export function hasHostGuard(lab: string, guard: HostGuard, ruleset: Ruleset): boolean {
  const hooks = inTable(ruleset.chains, hostGuardTable(lab)).map(({ name, hook = "" }) => `${name} ${hook}`);
  const rules = (chain: string) => inTable(ruleset.rules, hostGuardTable(lab)).filter((rule) => rule.chain === chain);
  const refusals = rules("refuse");
  return (
    hooks.toSorted().join() === "forward forward,refuse " &&
    rules("forward").map(identify).join() === rulesOf(guard).map(identify).join() &&
    refusals.every(({ verdict }) => verdict === "reject") &&
    refusals.at(-1)?.matches.length === 0
  );
}

/** Counts the packets that the guard has rejected since it was loaded; undefined where it is not. */
export function hostGuardRejections(lab: string, { rules }: Pick<Ruleset, "rules">): number | undefined {
  const refusals = inTable(rules, hostGuardTable(lab)).filter(({ chain }) => chain === "refuse");
  return refusals.length === 0 ? undefined : refusals.reduce((sum, { packets = 0 }) => sum + packets, 0);
}

function identify({ matches, verdict }: GuardRule): string {
  // Versions of nft differ in how they call the test of a flag.
  const ofMatch = ({ key, op, values }: Match) => [key, key === "ct status" ? "in" : op, values.toSorted()];
  return JSON.stringify([matches.map(ofMatch), verdict]);
}

export async function applyHostGuard(lab: string, guard: HostGuard): Promise<void> {
  await replaceTable(hostGuardTable(lab), renderHostGuard(lab, guard));
}
