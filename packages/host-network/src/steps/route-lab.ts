import { seeHost } from "../observe-host.js";
import { type Step, step } from "@k3s-lab/steps";
import { ipCommands } from "../ip-commands.js";
import { labTable } from "../lab-table.js";
import { bridgeOf, redirectedMark, routingTable, rulePriority } from "../names.js";
import type { PrivateNetwork } from "../network.js";
import type { Host } from "../probe/host.js";
import { routeText, type Rule } from "@k3s-lab/ip";
import { hostActions } from "./host-actions.js";
import { hostNetworkStepIds } from "./step-ids.js";

/**
 * Routes lab traffic by a table of its own, so that nothing a VPN or VIF puts into the others concerns it. The rule's
 * `iif` also decides the check of source addresses (rp_filter) on the way back.
 */
export function routesStep(lab: string, network: PrivateNetwork): Step {
  return step<Host>({
    id: hostNetworkStepIds.routeLab,
    title: "Route lab traffic",
    observe: seeHost,
    plan: (host) => {
      const { lines, changes, isNew } = planRoutes(lab, network, host);
      const what = `route what comes from ${network.lan.bridge} by a table of its own`;
      const sentence = `${what}${isNew ? ` (${routingTable(lab)})` : `: ${changes.join(", ")}`}`;
      const kind = isNew ? "make" : "change";
      return hostActions([{ when: lines.length > 0, kind, sentence, run: () => ipCommands(lines) }]);
    },
  });
}

export interface RoutePlan {
  /** Lines for `ip -batch`. */
  readonly lines: readonly string[];
  /** The same for a person. */
  readonly changes: readonly string[];
  /** Nothing of it exists yet. */
  readonly isNew: boolean;
}

export function planRoutes(lab: string, network: PrivateNetwork, host: Host): RoutePlan {
  const table = routingTable(lab);
  const wanted = labTable(network).map(routeText);
  const seen = host.routes.filter((route) => route.table === table);
  const known = seen.map(routeText);
  const missing = wanted.filter((route) => !known.includes(route));
  const extra = known.filter((route) => !wanted.includes(route));
  const wantedRule = wantedRules(lab, network);
  const rules = host.rules.filter((rule) => isOfLab(lab, rule));
  const current = rules.map(ruleSpec);
  const wrong = rules.filter((rule) => !wantedRule.includes(ruleSpec(rule)));
  const missingRules = wantedRule.filter((rule) => !current.includes(rule));
  return {
    lines: [
      ...extra.map((route) => `route delete ${route} table ${table}`),
      ...missing.map((route) => `route add ${route} table ${table}`),
      ...wrong.map(removeRule),
      ...missingRules.map((rule) => `rule add ${rule}`),
    ],
    changes: [
      ...extra.map((route) => `no longer ${route}`),
      ...missing,
      ...wrong.map(({ priority }) => `no longer rule ${priority}`),
      ...missingRules.map((rule) => `rule ${rule.split(" ").slice(1, 4).join(" ")}`),
    ],
    isNew: seen.length === 0 && rules.length === 0,
  };
}

/**
 * Sends what comes from the nodes by the lab's table, and what goes to them, too: a VPN that has all of 10.0.0.0/8, or
 * everything, in a table before the main one would swallow the answers that come in by the uplink. What the host itself
 * has forwarded goes where the host's own routes lead: containers come and go, and the guard decides.
 */
function wantedRules(lab: string, { lan }: PrivateNetwork): readonly string[] {
  const table = routingTable(lab);
  return [
    `priority ${rulePriority.redirected} iif ${lan.bridge} fwmark ${redirectedMark.value}/${redirectedMark.mask} lookup main`,
    `priority ${rulePriority.from} iif ${lan.bridge} lookup ${table}`,
    `priority ${rulePriority.to} to ${lan.subnet} lookup ${table}`,
  ];
}

export function isOfLab(lab: string, { iif, table }: Rule): boolean {
  return iif === bridgeOf(lab) || table === routingTable(lab);
}

export function removeRule(rule: Rule): string {
  return `rule delete ${ruleSpec({ ...rule, narrowed: false })}`;
}

/** Renders a rule of the host in the words of wantedRules. */
function ruleSpec({ priority, iif, to, mark, table, narrowed }: Rule): string {
  const words = [
    `priority ${priority}`,
    iif && `iif ${iif}`,
    to && `to ${to}`,
    mark && `fwmark ${mark}`,
    table && `lookup ${table}`,
    narrowed && "and more",
  ];
  return words.filter(Boolean).join(" ");
}
