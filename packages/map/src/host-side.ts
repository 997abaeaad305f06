import type { HostNetwork, Uplink } from "@k3s-lab/host-network";
import { hostName } from "@k3s-lab/host-network/names";
import { type Link, linkNamed, routeText } from "@k3s-lab/ip";
import { ids, isUp, type Scene, type Vif } from "./scene.js";
import type { Detail, Edge, Element, Health } from "./topology.js";

/** What stands on the host, and what its network is plugged into. */
export function hostSide(scene: Scene): { readonly elements: readonly Element[]; readonly edges: readonly Edge[] } {
  const links = linksOf(scene);
  return {
    elements: [
      ...outsideOf(scene),
      hostOf(scene),
      programsOf(scene),
      routesOf(scene),
      ...links,
      ...(scene.isPrivate ? [tableOf(scene), guardOf(scene)] : []),
      ...portsOf(scene),
      ...othersOf(scene, links),
    ],
    edges: edgesOf(scene),
  };
}

function outsideOf({ uplink, network }: Scene): readonly Element[] {
  const subnet = lanSubnet(uplink, network);
  const gateway = routerOf(uplink, network);
  const router: Element = {
    id: ids.router,
    kind: "router",
    title: "Router",
    lines: gateway === undefined ? [] : [gateway],
    health: "none",
    condition: "",
    details: [
      ["Address", gateway ?? "none"],
      ["Leads to", "the internet"],
    ],
  };
  const lan: Element = {
    id: ids.lan,
    kind: "lan",
    title: "LAN",
    lines: subnet === undefined ? [] : [subnet],
    health: "none",
    condition: "",
    details: [["Network", subnet ?? "unknown"]],
  };
  return [...(gateway === undefined ? [] : [router]), ...(subnet === undefined ? [] : [lan])];
}

/** The LAN that the host is on. */
export function lanSubnet(uplink: Uplink | null, network: HostNetwork | undefined): string | undefined {
  if (network !== undefined && network.lan.kind !== "private") return String(network.lan.subnet);
  const [first] = uplink?.networks ?? [];
  return first === undefined ? undefined : String(first);
}

/** The router of the LAN that the host is on. */
export function routerOf(uplink: Uplink | null, network: HostNetwork | undefined): string | undefined {
  return network === undefined || network.lan.kind === "private" ? uplink?.gateway : network.gateway;
}

function hostOf({ seen: { host }, network, isPrivate }: Scene): Element {
  const { missing, forwarding } = host;
  const [health, condition]: readonly [Health, string] =
    network === undefined
      ? ["none", "no lab"]
      : missing === undefined
        ? ["unknown", "not seen"]
        : missing.length === 0
          ? ["ok", "as the lab needs it"]
          : ["bad", `${missing.length} missing`];
  return {
    id: ids.host,
    kind: "host",
    title: `Host ${host.hostName}`,
    lines: isPrivate ? ["the nodes' gateway"] : [],
    health,
    condition,
    details: [
      ["Name", host.hostName],
      ...(network?.hostAddress === undefined ? [] : [["On the nodes' LAN", network.hostAddress] as const]),
      ...(network === undefined ? [] : [["Known to nodes as", hostName] as const]),
      ["Forwards packets", forwarding === undefined ? "not seen" : forwarding === "1" ? "yes" : "no"],
      ["Asks for names", host.nameservers.join(", ") || "nobody"],
      ...(missing ?? []).map((sentence): Detail => ["Missing", sentence]),
      ...host.lacks.map((program): Detail => ["Not installed", `${program}: less is seen than there is`]),
    ],
  };
}

function programsOf({ seen: { answers } }: Scene): Element {
  const words = answers === undefined ? [] : [["Services", wayWords(answers.host.served)] as const];
  return {
    id: ids.programs,
    kind: "programs",
    parent: ids.host,
    title: "Programs",
    lines: ["of the host"],
    health: "none",
    condition: "",
    details: [["What", "whatever runs on the host and dials"], ...words],
  };
}

function wayWords(answer: { readonly kind: string; readonly dev?: string; readonly why?: string }): string {
  if (answer.kind === "by") return `the kernel sends what is for them out by ${answer.dev}`;
  return answer.kind === "refused" ? `the kernel refuses: ${answer.why}` : `unknown: ${answer.why}`;
}

const mostRoutes = 40;

function routesOf({ seen: { host } }: Scene): Element {
  const routes = host.routes.filter(({ table }) => table === "main");
  const shown = routes.slice(0, mostRoutes).map((route): Detail => ["Route", routeText(route)]);
  const rest = routes.length - shown.length;
  return {
    id: ids.routes,
    kind: "routes",
    parent: ids.host,
    title: "Host's routes",
    lines: [`main table, ${routes.length}`],
    health: "none",
    condition: "",
    details: [...shown, ...(rest > 0 ? [["And", `${rest} more`] as const] : [])],
  };
}

/** The links that matter: uplink, the nodes' LAN, further ways out, VIFs. */
function linksOf(scene: Scene): readonly Element[] {
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

function tableOf({ hasTable, network, lanLink, seen: { host } }: Scene): Element {
  const table = host.rules.find(({ iif, mark }) => iif === lanLink && mark === undefined)?.table;
  const routes = host.routes.filter((route) => hasTable && route.table === table);
  return {
    id: ids.table,
    kind: "table",
    parent: ids.host,
    title: "Lab's table",
    lines: ["before any VPN"],
    health: hasTable ? "ok" : "bad",
    condition: hasTable ? "in place" : "missing",
    isMissing: !hasTable,
    details: [
      ["What", `what comes from ${lanLink} is looked up here, and nowhere else`],
      ["Refuses", `${network?.serviceCidr}, ${network?.podCidr}: only nodes have them`],
      ...routes.slice(0, mostRoutes).map((route): Detail => ["Route", routeText(route)]),
    ],
  };
}

function guardOf({ seen: { host }, lanLink }: Scene): Element {
  const { guarded } = host;
  return {
    id: ids.hostGuard,
    kind: "guard",
    parent: ids.host,
    title: "Host guard",
    lines: ["nftables, forward"],
    health: guarded === undefined ? "unknown" : guarded ? "ok" : "bad",
    condition: guarded === undefined ? "not seen" : guarded ? "in place" : "missing",
    isMissing: guarded === false,
    details: [
      [
        "What",
        `lets through from ${lanLink} what leaves by the uplink, or by ways that are named, and rejects the rest`,
      ],
      ...(guarded === undefined ? [["Why not seen", "only root may look"] as const] : []),
    ],
  };
}

/** The ports of the loopback by which this host reaches nodes in Docker. */
function portsOf({ seen: { k3s, registry } }: Scene): readonly Element[] {
  const published = [k3s?.server, registry?.endpoint].filter((url) => url !== undefined).filter(isLoopback);
  if (published.length === 0) return [];
  return [
    {
      id: ids.ports,
      kind: "ports",
      parent: ids.host,
      title: "Docker's ports",
      lines: published.map((url) => new URL(url).host),
      health: "none",
      condition: "",
      details: published.map((url): Detail => ["Leads to", `${url} of a node`]),
    },
  ];
}

function isLoopback(url: string): boolean {
  return URL.canParse(url) && ["127.0.0.1", "localhost"].includes(new URL(url).hostname);
}

function othersOf({ seen: { host }, network, lanLink }: Scene, shown: readonly Element[]): readonly Element[] {
  const others = host.links.filter(
    ({ name, kind, up, master }) =>
      // The nodes' cables are drawn as what they lead to.
      up &&
      kind !== "loopback" &&
      (lanLink === undefined || master !== lanLink) &&
      !shown.some(({ id }) => id === ids.link(name)),
  );
  if (others.length === 0) return [];
  return [
    {
      id: ids.others,
      kind: "others",
      parent: ids.host,
      title: others.length === 1 ? "1 other interface" : `${others.length} other interfaces`,
      lines: [network === undefined ? "of the host" : "not of this lab's network"],
      health: "none",
      condition: "",
      details: others.map(({ name, kind, addresses }): Detail => [name, [kind, ...addresses].join(", ")]),
    },
  ];
}

function edgesOf(scene: Scene): readonly Edge[] {
  const { network, uplink, lanLink, isPrivate, vifs } = scene;
  const up = uplink === null ? undefined : ids.link(uplink.name);
  const lan = lanLink === undefined ? undefined : ids.link(lanLink);
  const hasLan = lanSubnet(uplink, network) !== undefined;
  const out = isPrivate ? up : (lan ?? up);
  const cable = (from: string | undefined, to: string | undefined) => edge("cable", from, to);
  const path = (from: string | undefined, to: string | undefined) => edge("path", from, to);
  const furthers = (network?.routes ?? []).map((route) => ids.link(route.interface)).filter((id) => id !== up);
  return [
    ...(routerOf(uplink, network) === undefined ? [] : cable(ids.router, hasLan ? ids.lan : out)),
    ...(hasLan ? cable(ids.lan, out) : []),
    ...(isPrivate ? [up, ...furthers].flatMap((each) => path(each, ids.hostGuard)) : []),
    ...(isPrivate ? [...path(ids.hostGuard, ids.table), ...path(ids.table, lan)] : []),
    ...path(up, ids.routes),
    ...path(ids.routes, ids.programs),
    ...vifs.flatMap(({ link }) => path(ids.routes, ids.link(link.name))),
    ...(network?.lan.kind === "macvlan" ? path(ids.routes, ids.link(network.lan.shim)) : []),
    ...(lan !== up && network?.lan.kind !== "macvlan" ? path(ids.routes, lan) : []),
    ...(portsOf(scene).length > 0 ? [...path(ids.programs, ids.ports), ...path(ids.ports, lan)] : []),
  ];
}

function edge(kind: Edge["kind"], from: string | undefined, to: string | undefined): readonly Edge[] {
  return from === undefined || to === undefined || from === to ? [] : [{ from, to, kind }];
}

/** Describes what is wrong with the host's links, as sentences. */
export function linkFaults(scene: Scene): readonly string[] {
  const { lan } = scene.network ?? {};
  return [...new Set([scene.uplink?.name, scene.lanLink, lan?.kind === "macvlan" ? lan.shim : undefined])]
    .filter((name) => name !== undefined && !isUp(scene, name))
    .map((name) => `Interface ${name} of the host is ${linkNamed(scene.seen.host.links, name) ? "down" : "missing"}.`);
}
