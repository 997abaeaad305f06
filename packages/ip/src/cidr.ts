/** An IPv4 network as a value. In a template and in JSON it is its text: "10.42.0.0/16". */
export class Cidr {
  /** The first address, as an unsigned number. */
  readonly network: number;
  /** Length of the prefix. */
  readonly bits: number;

  /** `address` may be any address of the network. */
  constructor(address: number, bits: number) {
    const size = 2 ** (32 - bits);
    this.network = Math.floor(address / size) * size;
    this.bits = bits;
  }

  /** The number of its addresses, the network's own and the broadcast address included. */
  get size(): number {
    return 2 ** (32 - this.bits);
  }

  /** The address at an offset from the network's own: 1 is the first host. */
  at(offset: number): string {
    return formatAddress(this.network + offset);
  }

  /** Tells whether it has an address, or all of another network. */
  contains(other: string | Cidr): boolean {
    const inner = typeof other === "string" ? parseCidr(other) : other;
    return inner.bits >= this.bits && this.overlaps(inner);
  }

  overlaps(other: Cidr): boolean {
    return this.network < other.network + other.size && other.network < this.network + this.size;
  }

  equals(other: Cidr | undefined): boolean {
    return this.network === other?.network && this.bits === other.bits;
  }

  toString(): string {
    return `${formatAddress(this.network)}/${this.bits}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

/** Reads "10.42.7.1/16" as 10.42.0.0/16, and an address alone as a /32. The text must have been checked before. */
export function parseCidr(text: string): Cidr {
  const [address = "", bits = "32"] = text.split("/");
  return new Cidr(parseAddress(address), Number(bits));
}

/** Reads an address as an unsigned number. The text must have been checked before. */
export function parseAddress(address: string): number {
  return address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

export function formatAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");
}

/** Returns the address of an interface without the length of its prefix: "192.168.1.17" of "192.168.1.17/24". */
export function addressOf(interfaceAddress: string): string {
  return interfaceAddress.split("/")[0] ?? interfaceAddress;
}

/** Addresses from the first to the last. In a template and in JSON it is its text: "192.168.1.200-192.168.1.220". */
export class Range {
  /** As unsigned numbers; the last is part of it. */
  readonly first: number;
  readonly last: number;

  constructor(first: number, last: number) {
    this.first = first;
    this.last = last;
  }

  /** Not positive where the ends were exchanged. */
  get size(): number {
    return this.last - this.first + 1;
  }

  /** Returns the first `most` addresses. */
  take(most: number): readonly string[] {
    return Array.from({ length: Math.min(this.size, most) }, (_, index) => formatAddress(this.first + index));
  }

  toString(): string {
    return `${formatAddress(this.first)}-${formatAddress(this.last)}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

/** Reads "192.168.1.200-192.168.1.220". The text must have been checked before. */
export function parseRange(text: string): Range {
  const [first = "", last = ""] = text.split("-");
  return new Range(parseAddress(first), parseAddress(last));
}

/** What no router forwards: the loopback, link-local addresses, multicast and what is reserved. */
export const unroutable = ["127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"].map(parseCidr);
