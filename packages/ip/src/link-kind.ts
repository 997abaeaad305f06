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

/** By what the kernel names the kind. */
const kinds: Readonly<Record<string, LinkKind | undefined>> = {
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
  ...Object.fromEntries(
    "amneziawg erspan geneve gre gretap ip6erspan ip6gre ip6gretap ip6tnl ipip ovpn sit vti vti6 vxlan xfrm"
      .split(" ")
      .map((name) => [name, "tunnel"]),
  ),
};
/** By the link layer of links that the kernel names no kind of, and by the DEVTYPE of such links. */
const linkTypes: Readonly<Record<string, LinkKind | undefined>> = { loopback: "loopback", ppp: "ppp" };
const devtypes: Readonly<Record<string, LinkKind | undefined>> = {
  wireguard: "wireguard",
  wwan: "mobile",
  wlan: "wifi",
};

const iffTap = 0x2;

/** Tells the kind of a link by what the kernel reports; a name proves nothing. */
export function linkKind(raw: RawKind, sys: SysLink): LinkKind {
  const { link_type = "", linkinfo: { info_kind = "" } = {} } = raw;
  if (info_kind === "tun" || sys.tunFlags !== undefined) return tunKind(raw, sys);
  const known = kinds[info_kind] ?? linkTypes[link_type] ?? devtypes[sys.devtype ?? ""];
  if (known !== undefined) return known;
  if (sys.wireless) return "wifi";
  if (sys.device) return link_type === "none" ? "mobile" : "wired";
  // No hardware and no link layer: a program or a tunnel, whatever a newer kernel calls it.
  return link_type === "ether" ? "other" : "tunnel";
}

function tunKind(raw: RawKind, sys: SysLink): LinkKind {
  const type = raw.linkinfo?.info_data?.type;
  if (type === "tun" || type === "tap") return type;
  return (Number(sys.tunFlags) & iffTap) === iffTap ? "tap" : "tun";
}
