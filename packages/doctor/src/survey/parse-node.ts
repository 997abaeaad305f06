import { type NodeGuardOptions, readNodeGuard } from "@k3s-lab/guard";
import { parseIp } from "@k3s-lab/ip";
import type { Machine } from "@k3s-lab/machines";
import { certificatesIn } from "./certificates.js";
import { listenersIn } from "./listeners.js";
import type { Disk, Neighbour, NodeIp, NodeSeen } from "./node-seen.js";

/** Reads what the script of a node has printed. `asked`: the host's clock before and after, in milliseconds. */
export function parseNode(
  machine: Machine,
  output: string,
  cidrs: NodeGuardOptions,
  asked: { readonly before: number; readonly after: number },
): NodeSeen {
  const sections = sectionsIn(output);
  const lines = (section: string) => (sections.get(section) ?? "").split("\n").filter((line) => line.trim() !== "");
  const [forwarding] = lines("forwarding");
  const ip = parseNodeIp(lines("ip"));
  return {
    machine,
    ip,
    resolvers: lines("resolvers").flatMap((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? []),
    listeners: listenersIn(lines("listeners")),
    disks: disksIn(lines("disks")),
    forwarding: forwarding?.trim(),
    proxyMode: lines("proxy")[0]?.trim() ?? "unknown",
    guard: readNodeGuard(sections.get("guard") ?? "", cidrs),
    certificates: certificatesIn(filesIn(sections.get("certificates") ?? "")),
    clock: { ...asked, node: Number.parseFloat(lines("clock")[0] ?? "") * 1000 },
  };
}

function sectionsIn(output: string): ReadonlyMap<string, string> {
  const parts = output.split(/^== (\w+)\n/m).slice(1);
  const names = parts.filter((_, index) => index % 2 === 0);
  return new Map(names.map((name, index) => [name, parts[index * 2 + 1] ?? ""]));
}

function filesIn(text: string): ReadonlyMap<string, string> {
  const parts = text.split(/^file (.+)\n/m).slice(1);
  const names = parts.filter((_, index) => index % 2 === 0);
  return new Map(names.map((name, index) => [name, parts[index * 2 + 1] ?? ""]));
}

/** One list a line: links, addresses, routes, rules, neighbours. */
function parseNodeIp(lines: readonly string[]): NodeIp | undefined {
  if (lines.length < 5 || !lines.every((line) => line.startsWith("["))) return undefined;
  const noHardware = () => ({ device: false, wireless: false });
  const state = parseIp(lines.slice(0, 4).join("\n"), noHardware);
  const vxlan = (JSON.parse(lines[0] ?? "[]") as readonly RawVxlan[]).find(({ linkinfo, ifname }) => {
    return linkinfo?.info_kind === "vxlan" && ifname?.startsWith("flannel");
  });
  return {
    ...state,
    neighbours: neighboursIn(lines[4] ?? "[]"),
    ...(vxlan?.ifname === undefined
      ? {}
      : { vxlan: { name: vxlan.ifname, ...defined("link", vxlan), ...defined("local", vxlan) } }),
  };
}

interface RawVxlan {
  readonly ifname?: string;
  readonly linkinfo?: {
    readonly info_kind?: string;
    readonly info_data?: { readonly link?: string; readonly local?: string };
  };
}

function defined<Key extends "link" | "local">(key: Key, { linkinfo }: RawVxlan): { [K in Key]?: string } {
  const value = linkinfo?.info_data?.[key];
  return (value === undefined ? {} : { [key]: value }) as { [K in Key]?: string };
}

interface RawNeighbour {
  readonly dst?: string;
  readonly dev?: string;
  readonly lladdr?: string;
  readonly state?: readonly string[];
}

/** `ip -json neighbour`: those that have told their MAC address. */
export function neighboursIn(json: string): readonly Neighbour[] {
  return (JSON.parse(json === "" ? "[]" : json) as readonly RawNeighbour[]).flatMap(
    ({ dst, dev, lladdr, state = [] }): Neighbour[] => {
      if (dst === undefined || dev === undefined || lladdr === undefined) return [];
      const neighbour = { address: dst, dev, mac: lladdr.toLowerCase() };
      return [state.includes("STALE") ? { ...neighbour, stale: true } : neighbour];
    },
  );
}

/** `df -kP`; a file system that is mounted at several places counts once. */
function disksIn(lines: readonly string[]): readonly Disk[] {
  const seen = new Map<string, Disk>();
  for (const line of lines.slice(1)) {
    const [, blocks, , available, , place = ""] = line.split(/\s+/);
    const disk = { place, size: Number(blocks) * 1024, available: Number(available) * 1024 };
    const key = `${disk.size} ${disk.available}`;
    if (!seen.has(key)) seen.set(key, disk);
  }
  return [...seen.values()];
}
