import { hostName } from "@k3s-lab/host-network/names";
import { routeText } from "@k3s-lab/ip";
import { linksOf } from "./host-links.js";
import { lanSubnet, outsideOf, routerOf } from "./outside.js";
import { ids, mostRoutes, type Scene } from "./scene.js";
import type { Detail, Edge, Element, Health } from "./topology.js";

/** Returns what stands on the host, and what its network is plugged into. */
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
