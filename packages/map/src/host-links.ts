import type { HostNetwork } from "@k3s-lab/host-network";
import { type Link, linkNamed } from "@k3s-lab/ip";
import { ids, isUp, mostRoutes, type Scene, type Vif } from "./scene.js";
import type { Detail, Element, Health } from "./topology.js";

/** Returns the links that matter: uplink, the nodes' LAN, further ways out, VIFs. */
export function linksOf(scene: Scene): readonly Element[] {
  const { network, uplink, vifs, seen } = scene;
  const shim = network?.lan.kind === "macvlan" ? network.lan.shim : undefined;
  const needed = new Map<string | undefined, string>();
  // Later ones win: a link may be more than one of these.
  for (const { interface: name } of network?.routes ?? []) needed.set(name, "further way out");
  needed.set(uplink?.name, "uplink");
  needed.set(scene.lanLink, lanWord(scene));
  needed.set(shim, "host's way to its nodes");
  needed.delete(undefined);
  const vifNames = new Set(vifs.map(({ link }) => link.name));
  return [
    ...[...needed].flatMap(([name = "", what]) =>
      vifNames.has(name) ? [] : [linkOf(name, what, linkNamed(seen.host.links, name))],
    ),
    ...vifs.map((vif) => vifElement(vif, network)),
  ];
}

function lanWord({ network, uplink, lanLink }: Scene): string {
  switch (network?.lan.kind) {
    case "private":
      return "the lab's bridge";
    case "macvlan":
      return "nodes by macvlan";
    case "virtualbox":
      return "nodes by VirtualBox";
    case "bridge":
      return uplink?.name === lanLink ? "uplink, nodes' bridge" : "nodes' bridge";
    case undefined:
      return "";
  }
}

function linkOf(name: string, what: string, link: Link | undefined): Element {
  const [health, condition] = linkHealth(link);
  return {
    id: ids.link(name),
    kind: "link",
    parent: ids.host,
    title: name,
    lines: [what, ...(link?.addresses ?? []).slice(0, 2)],
    health,
    condition,
    isMissing: link === undefined,
    details: link === undefined ? [["Seen", "no interface of this name"]] : linkDetails(link),
  };
}

function linkHealth(link: Link | undefined): readonly [Health, string] {
  if (link === undefined) return ["bad", "missing"];
  if (!link.up) return ["bad", "down"];
  // A bridge has none until the first node is plugged in.
  return link.carrier || link.kind === "bridge" ? ["ok", "up"] : ["bad", "nothing plugged in"];
}

function linkDetails({ kind, up, carrier, mtu, mac, master, parent, addresses }: Link): readonly Detail[] {
  return [
    ["Kind", kind],
    ["State", `${up ? "up" : "down"}${carrier ? "" : ", nothing plugged in"}`],
    ["Addresses", addresses.join(", ") || "none"],
    ["MTU", String(mtu)],
    ...(mac === undefined ? [] : [["MAC address", mac] as const]),
    ...(master === undefined ? [] : [["Part of", master] as const]),
    ...(parent === undefined ? [] : [["On top of", parent] as const]),
  ];
}

function vifElement({ link, networks, mapsServices, mapsPods }: Vif, network: HostNetwork | undefined): Element {
  const maps = [...(mapsServices ? ["services"] : []), ...(mapsPods ? ["pods"] : [])];
  const none = network === undefined ? `${networks.length} routes` : "nothing of the cluster";
  return {
    id: ids.link(link.name),
    kind: "vif",
    parent: ids.host,
    title: link.name,
    lines: ["VPN or VIF", maps.length > 0 ? `maps ${maps.join(", ")}` : none],
    health: "none",
    condition: link.up ? "up" : "down",
    details: [
      ...linkDetails(link),
      ...networks.slice(0, mostRoutes).map((to): Detail => ["Maps", to]),
      ["At its other end", "cannot be seen from here: a program of the host has it"],
    ],
  };
}

/** Describes what is wrong with the host's links, as sentences. */
export function linkFaults(scene: Scene): readonly string[] {
  const { lan } = scene.network ?? {};
  return [...new Set([scene.uplink?.name, scene.lanLink, lan?.kind === "macvlan" ? lan.shim : undefined])]
    .filter((name) => name !== undefined && !isUp(scene, name))
    .map((name) => `Interface ${name} of the host is ${linkNamed(scene.seen.host.links, name) ? "down" : "missing"}.`);
}
