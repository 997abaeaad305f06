/** An IPv4 network: its first address as an unsigned number, and its prefix length. */
export interface Cidr {
  readonly network: number;
  readonly bits: number;
}

export function parseAddress(address: string): number {
  return address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

export function formatAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");
}

/** "10.42.7.1/16" is read as 10.42.0.0/16; an address alone as a /32. */
export function parseCidr(text: string): Cidr {
  const [address = "", bits = "32"] = text.split("/");
  const size = 2 ** (32 - Number(bits));
  return { network: Math.floor(parseAddress(address) / size) * size, bits: Number(bits) };
}

export function formatCidr({ network, bits }: Cidr): string {
  return `${formatAddress(network)}/${bits}`;
}

export function sizeOf(cidr: Cidr): number {
  return 2 ** (32 - cidr.bits);
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.network < b.network + sizeOf(b) && b.network < a.network + sizeOf(a);
}

export function contains(cidr: Cidr, address: string): boolean {
  return overlaps(cidr, parseCidr(address));
}

/** The address at an offset from the network's own: 1 is the first host. */
export function addressAt(cidr: Cidr, offset: number): string {
  return formatAddress(cidr.network + offset);
}

/** Addresses from the first to the last, as unsigned numbers. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** "192.168.1.200-192.168.1.220" */
export function parseRange(text: string): Range {
  const [first = "", last = ""] = text.split("-");
  return { first: parseAddress(first), last: parseAddress(last) };
}
