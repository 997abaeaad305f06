import type { Background } from "./background.js";
import { vifProgram } from "./names.js";

/** A packet that arrived in a VIF. */
export interface Packet {
  readonly source: string;
  readonly destination: string;
  /** 1 ICMP, 6 TCP, 17 UDP. */
  readonly protocol: number;
  /** 0 where the protocol has none. */
  readonly port: number;
}

/** A virtual interface of the emulated host, as a VPN or Telepresence makes one. It answers nothing. */
export interface Vif extends AsyncDisposable {
  readonly name: string;
  /** What has arrived so far; at most the first 5,000 packets. */
  readonly packets: readonly Packet[];
}

export interface VifOptions {
  /** Default: tel0. */
  readonly name?: string;
  /** What it maps: each becomes a route of the host. */
  readonly cidrs: readonly string[];
}

const mostPackets = 5_000;

/** Returns lines for `ip -batch`; IPv6 is off, so that the kernel's own multicast does not count. */
export function vifRoutes(name: string, cidrs: readonly string[]): string {
  return [`link set ${name} addrgenmode none up`, ...cidrs.map((cidr) => `route add ${cidr} dev ${name}`)].join("\n");
}

export function parsePacket(line: string): Packet | undefined {
  const [, source, destination, protocol, port] = /^([\d.]+) ([\d.]+) (\d+) (\d+)$/.exec(line) ?? [];
  if (source === undefined || destination === undefined) return undefined;
  return { source, destination, protocol: Number(protocol), port: Number(port) };
}

interface Places {
  start(command: string, args: readonly string[], onLine: (line: string) => void): Promise<Background>;
  ip(batch: string): Promise<unknown>;
}

export async function connectVif(options: VifOptions, { start, ip }: Places): Promise<Vif> {
  const { name = "tel0", cidrs } = options;
  const packets: Packet[] = [];
  const reader = await start("perl", [vifProgram, name, String(mostPackets)], (line) => {
    const packet = parsePacket(line);
    if (packet) packets.push(packet);
  });
  await ip(vifRoutes(name, cidrs));
  return { name, packets, [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose]() };
}
