import { judgeNameservers, type Nameserver } from "./choose/resolvers.js";
import { type Candidate, chooseUplink, type UplinkChoice } from "./choose/uplink.js";
import { describeLanInterfaces } from "./choose/lan-interface.js";
import type { MachineProvider } from "@k3s-lab/lab";
import { isLabLink } from "./names.js";
import type { Uplink } from "./network.js";
import { type Host } from "./probe/host.js";
import { isVif, type Link, linkNamed, type Route, type RouteParts, type Rule } from "@k3s-lab/ip";
import { chooseRoutes } from "./choose/node-routes.js";
import { waysOut } from "./lab-table.js";

/** What the host's network means for a lab, along with what was seen: for `npm run probe -- --json`. */
export interface HostSurvey extends Host, UplinkChoice {
  readonly judgedNameservers: readonly Nameserver[];
  /** Names of the links that may lead back into a cluster. */
  readonly vifs: readonly string[];
}

export function surveyHost(host: Host, wanted = "auto"): HostSurvey {
  const vifs = host.links.filter(isVif).map(({ name }) => name);
  const choice = chooseUplink(host, wanted);
  return { ...choice, ...host, judgedNameservers: judgeNameservers(host, waysOf(host, choice)), vifs };
}

/** Describes the host in lines for a person. `wanted`: network.uplink of lab.yaml. `provider`: of its machines. */
export function describeHost(host: Host, wanted = "auto", provider: MachineProvider = "lxc"): readonly string[] {
  const choice = chooseUplink(host, wanted);
  const { uplink, reason, candidates } = choice;
  const nameservers = judgeNameservers(host, waysOf(host, choice));
  const kind = linkNamed(host.links, uplink?.name)?.kind;
  const usable = nameservers.some(({ unusable }) => unusable === undefined);
  return [
    ...host.lacks.map((program) => `missing     ${program}: less is seen than there is`),
    uplink === null ? `uplink      none: ${reason}` : `uplink      ${uplink.name} (${kind}): ${reason}`,
    ...(uplink === null ? [] : describeUplink(uplink)),
    ...candidates.map((candidate) => `default     ${describeCandidate(candidate)}`),
    ...describeLanInterfaces(host, provider).map((line) => `bridged     ${line}`),
    ...nameservers.map((each) => `nameserver  ${describeNameserver(each)}`),
    ...(usable ? [] : [`nameserver  none that a node can use: ${insteadOf(uplink)}`]),
    ...host.links.filter(({ kind: each }) => each !== "loopback").map((link) => `link        ${describeLink(link)}`),
    // The local table only repeats the host's own addresses.
    ...host.routes.filter(({ table }) => table !== "local").map((route) => `route       ${describeRoute(route)}`),
    ...host.rules.map((rule) => `rule        ${describeRule(rule)}`),
  ];
}

/** The routes that nodes of a private LAN have beyond the host. */
function waysOf(host: Host, { uplink }: UplinkChoice): readonly RouteParts[] {
  return waysOut({ uplink, routes: chooseRoutes(host, { uplink, inside: [], named: [] }) });
}

function describeNameserver({ address, unusable, file }: Nameserver): string {
  return `${address}${file === undefined ? "" : `, of ${file}`}${unusable === undefined ? "" : `: ${unusable}`}`;
}

function insteadOf(uplink: Uplink | null): string {
  const name = "name some with network.nameservers in lab.yaml";
  return uplink?.gateway === undefined ? name : `they ask the router, ${uplink.gateway}; or ${name}`;
}

function describeUplink({ gateway, networks }: Uplink): readonly string[] {
  return [
    `gateway     ${gateway ?? "none, the route names the device only"}`,
    `network     ${networks.join(", ") || "none"}`,
  ];
}

function describeCandidate({ name, metric, gateway, unsuitable }: Candidate): string {
  const via = gateway === undefined ? "" : ` via ${gateway}`;
  return `${name}${via}, metric ${metric}${unsuitable === undefined ? "" : `: ${unsuitable}`}`;
}

function describeLink({ name, kind, up, carrier, master, addresses }: Link): string {
  const kinds = [kind, isVif({ kind, master }) ? "VPN or VIF" : isLabLink(name) && "of a lab"];
  const state = [
    up ? "up" : "down",
    up && !carrier && "nothing plugged in",
    master && `part of ${master}`,
    ...addresses,
  ];
  return `${name} (${kinds.filter(Boolean).join(", ")}): ${state.filter(Boolean).join(", ")}`;
}

function describeRule({ priority, iif, to, mark, table, narrowed }: Rule): string {
  const words = [
    iif && `from ${iif}`,
    to && `to ${to}`,
    mark && `mark ${mark}`,
    narrowed && "(narrowed)",
    table ? `table ${table}` : "no table",
  ];
  return `${priority}: ${words.filter(Boolean).join(" ")}`;
}

function describeRoute({ dst, type, gateway, dev, metric, table }: Route): string {
  const words = [type !== "unicast" && type, dst, gateway && `via ${gateway}`, dev && `by ${dev}`].filter(Boolean);
  return [words.join(" "), metric && `metric ${metric}`, table !== "main" && `table ${table}`]
    .filter(Boolean)
    .join(", ");
}
