import { judgeNameservers, type Nameserver } from "./choose/resolvers.js";
import { type Candidate, chooseUplink, type UplinkChoice } from "./choose/uplink.js";
import { describeLanInterfaces } from "./choose/lan-interface.js";
import type { MachineProvider } from "@k3s-lab/lab";
import { isLabLink } from "./names.js";
import { type Host } from "./probe/host.js";
import { isVif, type Link, type Route, type Rule } from "@k3s-lab/ip";

/** What the host's network means for a lab, along with what was seen: for `npm run probe -- --json`. */
export interface HostSurvey extends Host, UplinkChoice {
  readonly judgedNameservers: readonly Nameserver[];
  /** Names of the links that may lead back into a cluster. */
  readonly vifs: readonly string[];
}

export function surveyHost(host: Host, wanted = "auto"): HostSurvey {
  const vifs = host.links.filter(isVif).map(({ name }) => name);
  return { ...chooseUplink(host, wanted), ...host, judgedNameservers: judgeNameservers(host), vifs };
}

/** Describes the host in lines for a person. `wanted`: network.uplink of lab.yaml. `provider`: of its machines. */
export function describeHost(host: Host, wanted = "auto", provider: MachineProvider = "lxc"): readonly string[] {
  const { uplink, reason, candidates } = chooseUplink(host, wanted);
  const nameservers = judgeNameservers(host);
  const kind = host.links.find(({ name }) => name === uplink?.name)?.kind;
  const usable = nameservers.some(({ unusable }) => unusable === undefined);
  return [
    ...host.lacks.map((program) => `missing     ${program}: less is seen than there is`),
    uplink === null ? `uplink      none: ${reason}` : `uplink      ${uplink.name} (${kind}): ${reason}`,
    ...(uplink === null ? [] : [`gateway     ${uplink.gateway ?? "none, the route names the device only"}`]),
    ...(uplink === null ? [] : [`network     ${uplink.networks.join(", ") || "none"}`]),
    ...candidates.map((candidate) => `default     ${describeCandidate(candidate)}`),
    ...describeLanInterfaces(host, provider).map((line) => `bridged     ${line}`),
    ...nameservers.map(({ address, unusable }) => `nameserver  ${address}${unusable ? `: ${unusable}` : ""}`),
    ...(usable ? [] : ["nameserver  none that a node can use: name some with network.nameservers in lab.yaml"]),
    ...host.links.filter(({ kind: each }) => each !== "loopback").map((link) => `link        ${describeLink(link)}`),
    ...host.routes.filter(isWorthShowing).map((route) => `route       ${describeRoute(route)}`),
    ...host.rules.map((rule) => `rule        ${describeRule(rule)}`),
  ];
}

function describeCandidate({ name, metric, gateway, unsuitable }: Candidate): string {
  const via = gateway === undefined ? "" : ` via ${gateway}`;
  return `${name}${via}, metric ${metric}${unsuitable === undefined ? "" : `: ${unsuitable}`}`;
}

function describeLink(link: Link): string {
  const state = link.up ? (link.carrier ? "up" : "up, nothing plugged in") : "down";
  const role = isVif(link) ? ", VPN or VIF" : isLabLink(link.name) ? ", of a lab" : "";
  const part = link.master === undefined ? "" : `, part of ${link.master}`;
  const addresses = link.addresses.length === 0 ? "" : `, ${link.addresses.join(", ")}`;
  return `${link.name} (${link.kind}${role}): ${state}${part}${addresses}`;
}

/** The local table only repeats the host's own addresses. */
function isWorthShowing({ table }: Route): boolean {
  return table !== "local";
}

function describeRule({ priority, iif, to, table, narrowed }: Rule): string {
  const asks = [...(iif ? [`from ${iif}`] : []), ...(to ? [`to ${to}`] : []), ...(narrowed ? ["(narrowed)"] : [])];
  return `${priority}: ${[...asks, table === undefined ? "no table" : `table ${table}`].join(" ")}`;
}

function describeRoute({ dst, type, gateway, dev, metric, table }: Route): string {
  const kind = type === "unicast" ? "" : `${type} `;
  const via = gateway === undefined ? "" : ` via ${gateway}`;
  const by = dev === undefined ? "" : ` by ${dev}`;
  return `${kind}${dst}${via}${by}${metric === 0 ? "" : `, metric ${metric}`}${table === "main" ? "" : `, table ${table}`}`;
}
