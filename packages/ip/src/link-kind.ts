import type { LinkKind } from "./link.js";

/** What `ip -json -details link` prints about the kind of a link. */
export interface RawKind {
  readonly link_type?: string;
  readonly linkinfo?: { readonly info_kind?: string; readonly info_data?: RawInfo };
}

interface RawInfo {
  /** Of a TUN or TAP device: which of the two. */
  readonly type?: string;
  /** Of a VXLAN. */
  readonly link?: string;
  readonly local?: string;
}

/** What /sys/class/net/<link> adds. */
export interface SysLink {
  /** Whether it is a piece of hardware, virtual or not. */
  readonly device: boolean;
  readonly wireless: boolean;
  /** "0x1001"; only TUN and TAP devices have it. */
  readonly tunFlags?: string | undefined;
  /** DEVTYPE in uevent: wlan, wwan, wireguard, ... */
  readonly devtype?: string | undefined;
}

const kinds: Readonly<Record<string, LinkKind>> = {
  bond: "bond",
  bridge: "bridge",
  dummy: "dummy",
  ifb: "dummy",
  ipvlan: "macvlan",
  ipvtap: "macvlan",
  macvlan: "macvlan",
  macvtap: "macvlan",
  openvswitch: "bridge",
  ppp: "ppp",
  team: "bond",
  veth: "veth",
  vlan: "vlan",
  vrf: "other",
  wireguard: "wireguard",
  wwan: "mobile",
};

const tunnels: ReadonlySet<string> = new Set(
  "amneziawg erspan geneve gre gretap ip6erspan ip6gre ip6gretap ip6tnl ipip ovpn sit vti vti6 vxlan xfrm".split(" "),
);

const iffTap = 0x2;

/** Tells the kind of a link by what the kernel reports; a name proves nothing. */
export function linkKind(raw: RawKind, sys: SysLink): LinkKind {
  const info = raw.linkinfo?.info_kind;
  if (info === "tun" || sys.tunFlags !== undefined) return tunKind(raw, sys);
  if (info !== undefined && tunnels.has(info)) return "tunnel";
  const known = info === undefined ? undefined : kinds[info];
  if (known !== undefined) return known;
  if (raw.link_type === "loopback") return "loopback";
  if (raw.link_type === "ppp") return "ppp";
  if (sys.devtype === "wireguard") return "wireguard";
  if (sys.devtype === "wwan") return "mobile";
  if (sys.wireless || sys.devtype === "wlan") return "wifi";
  if (sys.device) return raw.link_type === "none" ? "mobile" : "wired";
  // No hardware and no link layer: a program or a tunnel, whatever a newer kernel calls it.
  if (raw.link_type !== "ether") return "tunnel";
  return "other";
}

function tunKind(raw: RawKind, sys: SysLink): LinkKind {
  const type = raw.linkinfo?.info_data?.type;
  if (type === "tun" || type === "tap") return type;
  return (Number(sys.tunFlags) & iffTap) === iffTap ? "tap" : "tun";
}
