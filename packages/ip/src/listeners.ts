/** A TCP socket that waits for connections. */
export interface Listener {
  /** "0.0.0.0" for every address, IPv6's own wildcard too. */
  readonly address: string;
  readonly port: number;
}

const anyIpv6 = "0".repeat(32);
const mappedIpv4 = `${"0".repeat(16)}FFFF0000`;

/** Reads local addresses as /proc/net/tcp and tcp6 have them: "0100007F:192B", in the byte order of the machine. */
export function listenersIn(lines: readonly string[]): readonly Listener[] {
  return lines.flatMap((line) => {
    const [, hex = "", port = ""] = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(line.trim()) ?? [];
    return hex === "" ? [] : [{ address: addressOf(hex), port: Number.parseInt(port, 16) }];
  });
}

function addressOf(hex: string): string {
  if (hex === anyIpv6) return "0.0.0.0";
  if (hex.length === 32 && !hex.startsWith(mappedIpv4)) return ipv6(hex);
  const bytes = hex.slice(-8).match(/../g) ?? [];
  return bytes
    .toReversed()
    .map((byte) => Number.parseInt(byte, 16))
    .join(".");
}

/** Reads four words, each with its bytes in reverse order. */
function ipv6(hex: string): string {
  const words = (hex.match(/.{8}/g) ?? []).map((word) => (word.match(/../g) ?? []).toReversed().join(""));
  return (words.join("").match(/.{4}/g) ?? []).join(":").toLowerCase();
}
