import { type Step, step } from "@k3s-lab/steps";
import type { HostView } from "../host-view.js";
import { ipCommands } from "../ip-commands.js";
import { bridgeOf, lastMetric, routingTable, rulePriority } from "../names.js";
import type { HostNetwork } from "../network.js";
import type { Host, Route, Rule } from "../probe/host.js";

/**
 * Lab traffic is routed by a table of its own, so that nothing a VPN or VIF puts into the others concerns it. What
 * the rule's `iif` decides, it decides for the check of source addresses (rp_filter) on the way back, too.
 */
export function routesStep(lab: string, network: HostNetwork, view: HostView): Step {
  return step<Host>({
    title: "Route lab traffic",
    observe: () => view.host(),
    plan: (host) => {
      const { lines, changes } = planRoutes(lab, network, host);
      if (lines.length === 0) return [];
      const sentence = `host: route what comes from ${network.lan.bridge} by a table of its own: ${changes.join(", ")}`;
      return [{ sentence, run: () => ipCommands(lines, view) }];
    },
  });
}

export interface RoutePlan {
  /** Lines for `ip -batch`. */
  readonly lines: readonly string[];
  /** The same for a person. */
  readonly changes: readonly string[];
}

export function planRoutes(lab: string, network: HostNetwork, host: Host): RoutePlan {
  const table = routingTable(lab);
  const wanted = wantedRoutes(network);
  const seen = host.routes.filter((route) => route.table === table);
  const known = new Set(seen.map(spec));
  const missing = wanted.filter((route) => !known.has(route));
  const extra = seen.map(spec).filter((route) => !wanted.includes(route));
  const rules = host.rules.filter((rule) => isOurs(lab, rule));
  const right = rules.filter((rule) => isRight(lab, rule));
  const wrong = rules.filter((rule) => !isRight(lab, rule));
  return {
    lines: [
      ...extra.map((route) => `route delete ${route} table ${table}`),
      ...missing.map((route) => `route add ${route} table ${table}`),
      ...wrong.map(removeRule),
      ...(right.length === 0 ? [`rule add priority ${rulePriority} iif ${network.lan.bridge} lookup ${table}`] : []),
    ],
    changes: [
      ...extra.map((route) => `no longer ${route}`),
      ...missing,
      ...wrong.map(({ priority }) => `no longer rule ${priority}`),
      ...(right.length === 0 ? [`rule ${rulePriority}`] : []),
    ],
  };
}

/**
 * Pods and services are nowhere beyond the nodes: what a node could not deliver ends here. The last route stays when the uplink flaps and the kernel drops its routes: a lookup that found nothing here would go
 * on to the main table, and out of a VIF. It comes first, for the same reason.
 */
export function wantedRoutes({ uplink, lan, podCidr, serviceCidr }: HostNetwork): readonly string[] {
  const last = `unreachable default metric ${lastMetric}`;
  const cluster = [`unreachable ${podCidr}`, `unreachable ${serviceCidr}`];
  const own = `${lan.subnet} dev ${lan.bridge} scope link`;
  if (uplink === null) return [last, ...cluster, own];
  const { name, gateway, networks } = uplink;
  const connected = networks.map((network) => `${network} dev ${name} scope link`);
  const out = gateway === undefined ? `default dev ${name} scope link` : `default via ${gateway} dev ${name} onlink`;
  return [last, ...cluster, own, ...connected, out];
}

/** A route as it is seen, in the words of wantedRoutes. */
function spec({ type, dst, gateway, dev, scope, metric, flags }: Route): string {
  return [
    ...(type === "unicast" ? [] : [type]),
    dst,
    ...(gateway === undefined ? [] : [`via ${gateway}`]),
    ...(dev === undefined ? [] : [`dev ${dev}`]),
    ...(scope === "link" ? ["scope link"] : []),
    ...(metric === 0 ? [] : [`metric ${metric}`]),
    ...(flags.includes("onlink") ? ["onlink"] : []),
  ].join(" ");
}

export function isOurs(lab: string, { iif, table }: Rule): boolean {
  return iif === bridgeOf(lab) || table === routingTable(lab);
}

function isRight(lab: string, { priority, iif, table, narrowed }: Rule): boolean {
  return priority === rulePriority && iif === bridgeOf(lab) && table === routingTable(lab) && !narrowed;
}

export function removeRule({ priority, iif, table }: Rule): string {
  const from = iif === undefined ? "" : ` iif ${iif}`;
  return `rule delete priority ${priority}${from}${table === undefined ? "" : ` lookup ${table}`}`;
}
