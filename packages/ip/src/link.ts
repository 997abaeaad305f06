export interface Link {
  readonly name: string;
  readonly kind: LinkKind;
  /** Switched on by an administrator. */
  readonly up: boolean;
  /** Whether something is plugged in. */
  readonly carrier: boolean;
  readonly mtu: number;
  readonly mac?: string;
  /** The bridge or bond that it is a part of. */
  readonly master?: string;
  /** The link that it sits on: a VLAN, a macvlan. */
  readonly parent?: string;
  /** "192.168.1.17/24" */
  readonly addresses: readonly string[];
  /** How IPv6 makes it a link-local address; absent where the kernel has no IPv6. */
  readonly ipv6?: string;
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

export interface Route {
  /** "default", "10.76.0.0/24" or an address. */
  readonly dst: string;
  /** unicast, local, broadcast, unreachable, ... */
  readonly type: string;
  readonly table: string;
  readonly metric: number;
  readonly dev?: string;
  readonly gateway?: string;
  readonly protocol?: string;
  readonly scope?: string;
  readonly flags: readonly string[];
}

export interface Rule {
  readonly priority: number;
  readonly table?: string;
  readonly iif?: string;
  /** "10.76.0.0/24" */
  readonly to?: string;
  /** It asks for something else, too: a mark, a source, ... */
  readonly narrowed: boolean;
}

/**
 * Whether a link may lead back into a cluster: a VPN, or what a program on the host serves. A tap device that is
 * plugged into a bridge is a virtual machine's cable.
 */
export function isVif({ kind, master }: Pick<Link, "kind" | "master">): boolean {
  return kind === "tun" || kind === "wireguard" || kind === "tunnel" || (kind === "tap" && master === undefined);
}
