import { parseIpLines, type Route } from "@k3s-lab/ip";
import { type ServiceManagerName, serviceManagers } from "@k3s-lab/service-manager";
import type { Section } from "./ask-node.js";
import type { Machine } from "./machine.js";
import { keepalived } from "./shared-address.js";

const shell = (name: string) => new URL(`../shell/${name}.sh`, import.meta.url);

/** What a node's network is. Of its link to the LAN alone, but for the routes and the resolvers. */
export interface NodeNetwork {
  /** What its link to the LAN is called; undefined where it has none: a macvlan goes with the interface it sits on. */
  readonly link: string | undefined;
  /** "10.76.0.11/24" */
  readonly addresses: readonly string[];
  readonly defaultRoutes: readonly Route[];
  /** Addresses of neighbours that have told the node their MAC address. */
  readonly neighbours: readonly string[];
  /** What the resolver's file names, whatever has written it. */
  readonly resolvers: readonly string[];
}

export function networkSection({ mac }: Pick<Machine, "mac">): Section<NodeNetwork> {
  return { file: shell("network"), args: [mac.toLowerCase()], parse: parseNetwork };
}

export function parseNetwork(output: string): NodeNetwork {
  const lines = output.split("\n");
  const { addresses, routes, neighbours } = parseIpLines(lines);
  return {
    link: lines.flatMap((line) => /^link (\S+)$/.exec(line)?.[1] ?? [])[0],
    addresses,
    defaultRoutes: routes.filter(({ dst }) => dst === "default"),
    neighbours: neighbours.map(({ address }) => address),
    resolvers: resolversIn(lines),
  };
}

/** Where a node sends what it sends, and whom it asks for names. */
export interface NodeWays {
  readonly routes: readonly Route[];
  readonly resolvers: readonly string[];
}

export const waysSection: Section<NodeWays> = { file: shell("ways"), parse: parseWays };

export function parseWays(output: string): NodeWays {
  const lines = output.split("\n");
  return { routes: parseIpLines(lines).routes, resolvers: resolversIn(lines) };
}

function resolversIn(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => /^resolver (\S+)/.exec(line)?.[1] ?? []);
}

/** A file as a node has it. */
export interface FileSeen {
  readonly sha256: string;
  /** Permissions, as `stat` prints them: "644". */
  readonly mode?: string | undefined;
  /** When it was changed, by the node's clock in seconds since 1970. */
  readonly changedAt?: number | undefined;
}

/** By path; nothing for a file that is missing. Files are read whole: they should be small. */
export function filesSection(paths: readonly string[]): Section<ReadonlyMap<string, FileSeen>> {
  return { file: shell("files"), args: paths, parse: parseFiles };
}

export function parseFiles(output: string): ReadonlyMap<string, FileSeen> {
  const lines = output.split("\n");
  const stats = new Map(
    lines.flatMap((line) => {
      const [, mode, time, path = ""] = /^([0-7]{3,4}) (\d+) (.+)$/.exec(line) ?? [];
      return path === "" ? [] : [[path, { mode, changedAt: Number(time) }] as const];
    }),
  );
  const sums = lines.flatMap((line) => {
    const [, sha256 = "", path = ""] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    return path === "" ? [] : [[path, sha256] as const];
  });
  const unknown = { mode: undefined, changedAt: undefined };
  return new Map(sums.map(([path, sha256]) => [path, { sha256, ...(stats.get(path) ?? unknown) }]));
}

/** The text of a node's hosts file; empty where there is none. */
export const hostsSection: Section<string> = { file: shell("hosts"), parse: (output) => output };

/** What starts services on a node; undefined for a service manager that k3s-lab does not know. */
export const serviceManagerSection: Section<ServiceManagerName | undefined> = {
  file: shell("service-manager"),
  args: Object.values(serviceManagers).map(({ runtimeDir }) => runtimeDir),
  parse: (output) =>
    Object.values(serviceManagers).find(({ runtimeDir }) => output.split("\n").includes(runtimeDir))?.name,
};

/** Tells whether a server's keepalived runs, or is about to while its machine boots. */
export const sharingSection: Section<boolean> = {
  file: shell("see-sharing"),
  args: [
    keepalived.service,
    serviceManagers.openrc.seeScript(keepalived.service),
    serviceManagers.openrc.enabledFile(keepalived.service),
  ],
  parse: (output) => output.trim() === "sharing",
};
