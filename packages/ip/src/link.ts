import { addressOf } from "./cidr.js";

export interface Link {
  readonly name: string;
  readonly kind: LinkKind;
  /** Switched on by an administrator. */
  readonly up: boolean;
  /** Whether something is plugged in. */
  readonly carrier: boolean;
  readonly mtu: number;
  readonly mac?: string | undefined;
  /** The bridge or bond that it is a part of. */
  readonly master?: string | undefined;
  /** The link below a VLAN or a macvlan. */
  readonly parent?: string | undefined;
  /** "192.168.1.17/24" */
  readonly addresses: readonly string[];
  /** How IPv6 makes it a link-local address; absent where the kernel has no IPv6. */
  readonly ipv6?: string | undefined;
  readonly vxlan?: Vxlan | undefined;
}

/** Where a VXLAN sends its packets. */
export interface Vxlan {
  /** The link below it. */
  readonly link?: string | undefined;
  /** The address that it sends from. */
  readonly local?: string | undefined;
}

export type LinkKind =
  | "loopback"
  | "wired"
  | "wifi"
  | "mobile"
  | "ppp"
  | "bridge"
  | "bond"
  | "vlan"
  | "veth"
  | "macvlan"
  | "dummy"
  | "tun"
  | "tap"
  | "wireguard"
  | "tunnel"
  | "other";

export interface Rule {
  readonly priority: number;
  readonly table?: string | undefined;
  readonly iif?: string | undefined;
  /** "10.76.0.0/24" */
  readonly to?: string | undefined;
  /** "0x4b000000/0xff000000" */
  readonly mark?: string | undefined;
  /** It has further conditions: a source, a user, ... */
  readonly narrowed: boolean;
}

/** An address on a link for which a MAC address is known. */
export interface Neighbour {
  readonly address: string;
  readonly mac: string;
  /** Absent where `ip` was asked for one link only. */
  readonly dev?: string | undefined;
  /** The MAC address has not been confirmed lately. */
  readonly stale: boolean;
}

/** Finds the link of a name. */
export function linkNamed(links: readonly Link[], name: string | undefined): Link | undefined {
  return links.find((link) => link.name === name);
}

/** Finds the link that has an address. */
export function linkWith(links: readonly Link[], address: string): Link | undefined {
  return links.find(({ addresses }) => addresses.some((each) => addressOf(each) === address));
}

/**
 * Tells whether a link may lead back into a cluster: a VPN, or what a program on the host serves. A tap device that is
 * plugged into a bridge is a virtual machine's cable.
 */
export function isVif({ kind, master }: Pick<Link, "kind" | "master">): boolean {
  return kind === "tun" || kind === "wireguard" || kind === "tunnel" || (kind === "tap" && master === undefined);
}
