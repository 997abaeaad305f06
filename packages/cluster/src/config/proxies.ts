import { isIPv4 } from "node:net";
import { isDeepStrictEqual } from "node:util";
import { withoutPassword } from "@k3s-lab/exec";
import { readText } from "@k3s-lab/host";
import { gatewayIn, type HostNetwork } from "@k3s-lab/host-network";
import { type Cidr, isLoopbackHost, type Listener, listenersIn } from "@k3s-lab/ip";
import { type Lab, type LabConfig, serverNames, type StateFile } from "@k3s-lab/lab";
import { readStopped } from "@k3s-lab/machines";
import { serviceManagers } from "@k3s-lab/service-manager";
import * as v from "valibot";
import { serviceOf, unitOf } from "./service.js";

/** host.proxy of lab.yaml. */
export type AskedProxy = LabConfig["host"]["proxy"];

/** The proxies of a lab's nodes, decided once: the shell of a later run changes nothing about them. */
export interface Proxies {
  /** What lab.yaml asked for when they were decided; null where they are to be decided again. */
  readonly asked: AskedProxy | null;
  readonly http?: string | undefined;
  readonly https?: string | undefined;
  /** What is reached without a proxy, besides the lab itself. */
  readonly noProxy: readonly string[];
  /** Proxies that nodes cannot reach, and so go without. */
  readonly leftOut: readonly { readonly name: "HTTP_PROXY" | "HTTPS_PROXY"; readonly url: string }[];
}

const asked = v.union([
  v.picklist(["auto", "none"]),
  v.object({
    http: v.exactOptional(v.string()),
    https: v.exactOptional(v.string()),
    noProxy: v.exactOptional(v.union([v.string(), v.array(v.string())])),
  }),
]);

/** `.lab/proxies.json`; 0600, since a URL may hold a password. */
export const proxiesRecord: StateFile<Proxies> = {
  file: "proxies",
  version: 1,
  schema: v.object({
    asked: v.nullable(asked),
    http: v.exactOptional(v.string()),
    https: v.exactOptional(v.string()),
    noProxy: v.array(v.string()),
    leftOut: v.array(v.object({ name: v.picklist(["HTTP_PROXY", "HTTPS_PROXY"]), url: v.string() })),
  }),
};

/** Forgets the decision, so that the next one takes the proxies of its own environment. Returns what undoes that. */
export function forgetProxies({ state }: Pick<Lab, "state">): () => void {
  const recorded = state.read(proxiesRecord);
  state.write(proxiesRecord, { asked: null, noProxy: [], leftOut: [] });
  return () => (recorded === undefined ? state.remove(proxiesRecord.file) : state.write(proxiesRecord, recorded));
}

/** What listens on the host's loopback, and the address at which nodes reach the host. */
export interface Loopback {
  /** The host's names for it, besides those that every host has. */
  readonly names: readonly string[];
  readonly listeners: readonly Listener[];
  /** The host's address on a LAN of the lab's own; undefined on other LANs. */
  readonly bridge: string | undefined;
}

/**
 * Returns the recorded proxies, or decides them at the first run and where lab.yaml asks for others. If the record was lost,
 * those that K3s on the server was started with take the place of the caller's.
 */
export function proxiesOf(
  lab: Pick<Lab, "id" | "state" | "config">,
  lan: HostNetwork["lan"],
  env: NodeJS.ProcessEnv = process.env,
): Proxies {
  const wanted = lab.config.host.proxy;
  const recorded = lab.state.read(proxiesRecord);
  if (recorded !== undefined && isDeepStrictEqual(recorded.asked, wanted)) return recorded;
  const former = recorded === undefined ? environmentIn((path) => readOfServer(lab, path)) : undefined;
  return decideProxies(wanted, former ?? env, readLoopback(lan));
}

/** Reads a file of a server that is a container, the first that has it; undefined where there is none yet. */
function readOfServer(lab: Pick<Lab, "id" | "config">, path: string): string | undefined {
  return serverNames(lab.config).flatMap((name) => readStopped(lab, name, path) ?? [])[0];
}

/** Reads what a server's K3s is started with, whatever starts services there; undefined where no file tells. */
export function environmentIn(read: (path: string) => string | undefined): NodeJS.ProcessEnv | undefined {
  const service = serviceOf({ role: "server" });
  const files = Object.values(serviceManagers).map(({ name }) =>
    unitOf({ serviceManager: name }).environmentFile(service),
  );
  const text = files.map(read).find((content) => content !== undefined);
  return text === undefined ? undefined : variablesIn(text);
}

/**
 * Reads what a service manager's environment() has written: values in single quotes, in double quotes with escapes, or of
 * such parts and escapes side by side, as a shell reads them.
 */
function variablesIn(text: string): Readonly<Record<string, string>> {
  const lines = text.matchAll(/^(\w+)=((?:'[^']*'|"(?:[^"\\]|\\.)*"|\\.)+)$/gm);
  const plain = (value: string) =>
    value.replaceAll(
      /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/g,
      (_, single?: string, double?: string, escaped?: string) =>
        single ?? double?.replaceAll(/\\(.)/g, "$1") ?? escaped ?? "",
    );
  return Object.fromEntries([...lines].map(([, name = "", value = ""]) => [name, plain(value)] as const));
}

/** Decides the proxies of the nodes: those of lab.yaml, or the caller's own. */
export function decideProxies(wanted: AskedProxy, env: NodeJS.ProcessEnv, loopback: Loopback): Proxies {
  const written = wanted === "auto" ? proxiesIn(env) : wanted === "none" ? {} : wanted;
  const noProxy = typeof written.noProxy === "string" ? written.noProxy.split(/[\s,]+/) : (written.noProxy ?? []);
  const http = asNodesReach(written.http, loopback);
  const https = asNodesReach(written.https, loopback);
  return {
    asked: wanted,
    ...(http.url !== undefined && { http: http.url }),
    ...(https.url !== undefined && { https: https.url }),
    noProxy: noProxy.filter(Boolean),
    leftOut: [
      ...(http.leftOut === undefined ? [] : [{ name: "HTTP_PROXY" as const, url: http.leftOut }]),
      ...(https.leftOut === undefined ? [] : [{ name: "HTTPS_PROXY" as const, url: https.leftOut }]),
    ],
  };
}

function proxiesIn(env: NodeJS.ProcessEnv): Exclude<AskedProxy, string> {
  const of = (name: string) => env[name] || env[name.toLowerCase()] || undefined;
  return { http: of("HTTP_PROXY"), https: of("HTTPS_PROXY"), noProxy: of("NO_PROXY") };
}

/** A proxy's URL, around its host: a scheme and credentials may be missing. */
const proxyUrl = /^(([a-z][a-z0-9+.-]*):\/\/)?(.*@)?(\[[^\]]*\]|[^:/?#]*)(?::(\d+))?(.*)$/i;
const defaultPorts: Readonly<Record<string, number>> = { http: 80, https: 443, socks5: 1080, socks5h: 1080 };

function partsOf(url: string): { readonly host: string; readonly port: number } {
  const [, , scheme = "http", , host = "", port] = proxyUrl.exec(url) ?? [];
  return { host, port: Number(port ?? defaultPorts[scheme.toLowerCase()] ?? 80) };
}

/** Replaces the host's loopback, which is not the node's, by the address of the host that a node reaches. */
function asNodesReach(
  url: string | undefined,
  { names, listeners, bridge }: Loopback,
): { readonly url?: string | undefined; readonly leftOut?: string } {
  const [, start = "", , credentials = "", host = "", port, rest = ""] = proxyUrl.exec(url ?? "") ?? [];
  if (url === undefined || !(isLoopbackHost(host) || names.includes(host.toLowerCase()))) return { url };
  const wanted = partsOf(url).port;
  const isHeard = listeners.some((each) => each.port === wanted && ["0.0.0.0", bridge].includes(each.address));
  if (bridge === undefined || !isHeard) return { leftOut: url };
  return { url: `${start}${credentials}${bridge}${port === undefined ? "" : `:${port}`}${rest}` };
}

function readLoopback(lan: HostNetwork["lan"]): Loopback {
  const hosts = (readText("/etc/hosts") ?? "").split("\n").map((line) => line.replace(/#.*/, "").split(/\s+/));
  const sockets = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((path) => (readText(path) ?? "").split("\n"));
  const fields = sockets.map((line) => line.trim().split(/\s+/));
  return {
    names: hosts.flatMap(([address = "", ...names]) =>
      isLoopbackHost(address) ? names.map((name) => name.toLowerCase()) : [],
    ),
    listeners: listenersIn(fields.flatMap(([, local = "", , state]) => (state === "0A" ? [local] : []))),
    bridge: lan.kind === "private" ? gatewayIn(lan.subnet) : undefined,
  };
}

/** Describes what nodes go without, and what to do about it. */
export function notesOn({ leftOut }: Proxies, lan: HostNetwork["lan"]): readonly string[] {
  return leftOut.map(({ name, url }) => {
    const why = `nodes go without ${name}: ${withoutPassword(url)} is the host's own loopback`;
    const again = "run `npm run lab:up -- --take-proxies`";
    const other = "name a proxy that nodes reach with host.proxy in lab.yaml, or host.proxy: none";
    if (lan.kind !== "private") {
      return `${why}, and on the host's LAN they cannot be given another address. Write the host's address on the LAN instead and ${again}; or ${other}`;
    }
    const address = gatewayIn(lan.subnet);
    return `${why}, and it does not listen on ${address}, the host's address for nodes. Let it listen there, or on every address, and ${again}; or ${other}`;
  });
}

/**
 * Describes a proxy that nodes get but cannot reach, since it is behind a VPN. `unreached` returns why nodes cannot use an
 * address, worded to follow it. Names are not checked: only the nodes' resolver knows where they lead.
 */
export function notesOnWays(
  { http, https }: Proxies,
  unreached: (address: string) => string | undefined,
): readonly string[] {
  return Object.entries({ HTTP_PROXY: http, HTTPS_PROXY: https }).flatMap(([name, url]) => {
    const address = partsOf(url ?? "").host;
    const why = isIPv4(address) ? unreached(address) : undefined;
    if (why === undefined) return [];
    return `nodes reach nothing through ${name}: ${address} ${why}. Let nodes into its network with network.routes in lab.yaml, or name another proxy with host.proxy`;
  });
}

/**
 * Describes a proxy on the host that nodes get, but that the host's firewall keeps from them. `dropping` returns the chain
 * that drops what nodes send to a port of the host.
 */
export function notesOnFirewall(
  { http, https }: Proxies,
  lan: HostNetwork["lan"],
  dropping: (port: number) => string | undefined,
): readonly string[] {
  return Object.entries({ HTTP_PROXY: http, HTTPS_PROXY: https }).flatMap(([name, url]) => {
    const { host, port } = partsOf(url ?? "");
    if (lan.kind !== "private" || host !== gatewayIn(lan.subnet)) return [];
    const chain = dropping(port);
    if (chain === undefined) return [];
    return `nodes do not reach ${name}, ${host}:${port}: the host's firewall (chain ${chain}) drops what they send there. Let it in, with ufw by \`sudo ufw allow from ${lan.subnet} to any port ${port} proto tcp\``;
  });
}

/** Describes the proxies without their passwords: "HTTPS_PROXY http://proxy:3128". */
export function describeProxies({ http, https }: Proxies): string | undefined {
  const named = Object.entries({ HTTP_PROXY: http, HTTPS_PROXY: https }).filter(([, url]) => url !== undefined);
  return named.map(([name, url = ""]) => `${name} ${withoutPassword(url)}`).join(", ") || undefined;
}

/** What is inside the lab. */
export interface Inside {
  readonly subnet: Cidr;
  readonly podCidr: Cidr;
  readonly serviceCidr: Cidr;
  /** The name of the server, by which the registry is known. Agents are reached by their addresses. */
  readonly serverNode: string;
}

/** Returns the variables of K3s and containerd; a proxy is never asked for what is inside the lab. */
export function proxyVariables(
  { http, https, noProxy }: Proxies,
  { subnet, podCidr, serviceCidr, serverNode }: Inside,
): Readonly<Record<string, string>> {
  if (http === undefined && https === undefined) return {};
  const own = [
    "127.0.0.0/8",
    "localhost",
    ...[subnet, podCidr, serviceCidr].map(String),
    ".svc",
    ".cluster.local",
    ".k3s-lab.internal",
    serverNode,
  ];
  return {
    ...(http !== undefined && { HTTP_PROXY: http }),
    ...(https !== undefined && { HTTPS_PROXY: https }),
    NO_PROXY: [...new Set([...noProxy, ...own])].join(","),
  };
}
