import { relayProgram } from "./names.js";

export interface RelayOptions {
  /** The TUN device; it is made in the network that the relay is started in. */
  readonly device: string;
  /** A process in the network from which is dialled, as it is called where the relay is started. */
  readonly dialsFrom: number;
  /** What comes for one destination more often than that is not dialled: a loop ends there. */
  readonly most: number;
  /** Addresses at which another one is dialled instead. */
  readonly instead?: Readonly<Record<string, string>>;
}

/** Returns the command line of programs/relay.pl; it prints `relayReady` when it has made its device. */
export function relayCommand({ device, dialsFrom, most, instead = {} }: RelayOptions): readonly [string, string[]] {
  const pairs = Object.entries(instead).map(([address, dialled]) => `${address}=${dialled}`);
  return ["perl", [relayProgram, device, `/proc/${dialsFrom}/ns/net`, String(most), ...pairs]];
}

export const relayReady = /^relay /;

/** A connection (its first packet is not counted again when it is repeated) or a datagram that came to a relay. */
export interface Taken {
  readonly protocol: "tcp" | "udp";
  readonly address: string;
  readonly port: number;
  readonly source: string;
}

export function parseTaken(line: string): Taken | undefined {
  const [, protocol, address = "", port, source = ""] = /^(tcp|udp) ([\d.]+) (\d+) ([\d.]+)$/.exec(line) ?? [];
  if (protocol !== "tcp" && protocol !== "udp") return undefined;
  return { protocol, address, port: Number(port), source };
}
