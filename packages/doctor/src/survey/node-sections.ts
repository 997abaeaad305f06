import { X509Certificate } from "node:crypto";
import { type NodeGuardOptions, nodeGuardSection } from "@k3s-lab/guard";
import { ipBatch, listenersIn, parseIp, parseNeighbours } from "@k3s-lab/ip";
import type { Answers, Machine, Section } from "@k3s-lab/machines";

import { type Answer, askCommand, parseAnswers } from "@k3s-lab/host-network";
import type { Certificate, Clock, Disk, Lookup, NodeIp, NodeSeen } from "./node-seen.js";

const shell = (name: string) => new URL(`../../shell/${name}.sh`, import.meta.url);
const linesIn = (output: string) => output.split("\n").filter((line) => line.trim() !== "");

/** The directories that the data of K3s is in: it fills their disks. */
const dataDirs = ["/", "/var/lib/rancher", "/var/lib/kubelet"];
const resolverFile = "/etc/resolv.conf";
const forwardingFile = "/proc/sys/net/ipv4/ip_forward";
const tls = "/var/lib/rancher/k3s";
/** Keys stay where they are: certificates are public. */
const certificateFiles = [`${tls}/server/tls/*.crt`, `${tls}/server/tls/*/*.crt`, `${tls}/agent/*.crt`];

/** Returns everything that the rules want to know of a node, as sections of one look at it. */
export function nodeSections(cidrs: NodeGuardOptions, { names, clusterDns }: NamesAsked = nothingAsked) {
  return {
    clock: { file: shell("clock"), parse: (output) => Number.parseFloat(output) * 1000 } as Section<number>,
    ip: { file: shell("ip"), args: [`${ipBatch}neighbour show\n`], parse: parseNodeIp } as Section<NodeIp | undefined>,
    listeners: { file: shell("listeners"), parse: (output: string) => listenersIn(linesIn(output)) },
    disks: { file: shell("disks"), args: dataDirs, parse: parseDisks },
    proxyMode: { file: shell("kube-proxy"), parse: (output: string) => output.trim() },
    files: { file: shell("files"), args: [resolverFile, forwardingFile, ...certificateFiles], parse: parseFiles },
    guard: nodeGuardSection(cidrs),
    lookup: { file: shell("lookup"), args: names, parse: parseLookup } as Section<Lookup | undefined>,
    podLookup: {
      file: shell(names.length === 0 ? "lookup" : "pod-network"),
      args: names.length === 0 ? [] : askCommand([clusterDns], names),
      parse: (output) => parseAnswers(output).get(clusterDns),
    } as Section<Answer | undefined>,
  };
}

/** What nodes and pods are asked to resolve. */
export interface NamesAsked {
  readonly names: readonly string[];
  /** The DNS server that pods ask. */
  readonly clusterDns: string;
}

const nothingAsked: NamesAsked = { names: [], clusterDns: "" };

/** Reads the answer about several names, of which one that is known is enough. */
function parseLookup(output: string): Lookup | undefined {
  const words = linesIn(output);
  return (["known", "nobody", "unknown"] as const).find((word) => words.includes(word));
}

/** Puts the answers of a node together; what it could not tell is left out. */
export function nodeSeen(
  machine: Machine,
  cidrs: NodeGuardOptions,
  {
    clock = Number.NaN,
    listeners = [],
    disks = [],
    proxyMode = "unknown",
    files = new Map(),
    guard,
    ...seen
  }: NodeAnswers,
  asked: Pick<Clock, "before" | "after">,
): NodeSeen {
  return {
    machine,
    ...seen,
    resolvers: linesIn(files.get(resolverFile) ?? "").flatMap((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? []),
    listeners,
    disks,
    forwarding: files.get(forwardingFile)?.trim(),
    proxyMode,
    guard: guard ?? nodeGuardSection(cidrs).parse(""),
    certificates: certificatesIn(files),
    clock: { ...asked, node: clock },
  };
}

export type NodeAnswers = Answers<ReturnType<typeof nodeSections>>;

/** Reads one list a line: links, addresses, routes, rules, neighbours. */
function parseNodeIp(output: string): NodeIp | undefined {
  const lines = linesIn(output);
  if (lines.length < 5 || !lines.every((line) => line.startsWith("["))) return undefined;
  return { ...parseIp(lines.slice(0, 4).join("\n")), neighbours: parseNeighbours(lines[4] ?? "[]") };
}

/** Reads `df -kP`. A file system that is mounted at several places counts once. */
function parseDisks(output: string): readonly Disk[] {
  const seen = new Map<string, Disk>();
  for (const line of linesIn(output).slice(1)) {
    const [, blocks, , available, , place = ""] = line.split(/\s+/);
    const disk = { place, size: Number(blocks) * 1024, available: Number(available) * 1024 };
    const key = `${disk.size} ${disk.available}`;
    if (!seen.has(key)) seen.set(key, disk);
  }
  return [...seen.values()];
}

/** Reads files, each behind a line "file PATH". */
function parseFiles(output: string): ReadonlyMap<string, string> {
  const parts = output.split(/^file (.+)\n/m).slice(1);
  return new Map(parts.flatMap((path, index) => (index % 2 === 0 ? [[path, parts[index + 1] ?? ""] as const] : [])));
}

const pem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/;

/** Returns the first certificate of each file: those behind it are its issuers'. Read here, since a node may lack openssl. */
function certificatesIn(files: ReadonlyMap<string, string>): readonly Certificate[] {
  return [...files].flatMap(([file, text]) => {
    const [block] = pem.exec(text) ?? [];
    return block === undefined ? [] : [{ file, expires: new Date(new X509Certificate(block).validTo).getTime() }];
  });
}
