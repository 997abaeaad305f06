import { parseRuleset } from "../ruleset.js";
import { readIptablesGuard } from "./read-iptables.js";
import { readNftablesGuard } from "./read-nftables.js";
import type { NodeGuardOptions } from "./names.js";
import type { GuardFault, NodeGuardSeen } from "./node-guard-seen.js";

/** Reads what nodeGuardSeeScript has printed; other lines are left out. */
export function readNodeGuard(output: string, options: NodeGuardOptions): NodeGuardSeen {
  const of = (kind: string, some: readonly string[]) =>
    some.flatMap((line) => (line.startsWith(`${kind} `) ? [line.slice(kind.length + 1)] : []));
  const lines = of("guard", output.split("\n"));
  const [json] = of("nftables", lines);
  const rules =
    json === undefined
      ? readIptablesGuard(of("iptables", lines), options)
      : readNftablesGuard(parseRuleset(json), options);
  const isRouted = of("route", lines).length > 0;
  const others: readonly (readonly [isRight: boolean, fault: GuardFault])[] = [
    [isRouted, { kind: "no-route", podCidr: options.podCidr }],
    [lines.includes("enabled"), { kind: "not-at-boot" }],
    [lines.includes("watched"), { kind: "unwatched" }],
  ];
  const faults = [...rules.faults, ...others.flatMap(([isRight, fault]) => (isRight ? [] : [fault]))];
  return { ...rules, guarding: rules.guarding && isRouted, faults };
}
