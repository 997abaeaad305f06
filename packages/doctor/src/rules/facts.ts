import type { Host } from "@k3s-lab/host-network";
import { addressOf, type Route } from "@k3s-lab/ip";
import type { RoutedNode } from "../survey/node-seen.js";
import type { HostSeen } from "../survey/survey.js";

/** Returns the default routes of the main table, the one that wins first. */
export function defaultRoutes({ ip }: RoutedNode): readonly Route[] {
  return ip.routes
    .filter(({ dst, type, table }) => dst === "default" && type === "unicast" && table === "main")
    .toSorted((a, b) => a.metric - b.metric);
}

export function describeRoute(route: Route | undefined): string {
  if (route === undefined) return "none";
  const { gateway, dev, metric } = route;
  return `${gateway ?? "no gateway"} by ${dev ?? "no interface"}${metric === 0 ? "" : `, metric ${metric}`}`;
}

export function listed(values: readonly string[], none = "none"): string {
  return values.length === 0 ? none : values.join(", ");
}

/** Returns the interface of the host that has an address. */
function ownerOf(host: Pick<Host, "links">, address: string): string | undefined {
  return host.links.find(({ addresses }) => addresses.some((each) => addressOf(each) === address))?.name;
}

/** Returns the interface of the host that a node meets at its next hop, known by address or by MAC address. */
export function hostLinkAt(host: HostSeen, node: RoutedNode, gateway: string): string | undefined {
  const mac = macAt(node, gateway);
  return (
    ownerOf(host, gateway) ?? host.links.find((link) => mac !== undefined && link.mac?.toLowerCase() === mac)?.name
  );
}

export function macAt({ ip }: Pick<RoutedNode, "ip">, address: string): string | undefined {
  return ip.neighbours.find((each) => each.address === address)?.mac;
}

/** Gateways of what emulates a network inside a program of the host: VirtualBox and QEMU, Lima, gvproxy. */
const userModeGateways: ReadonlySet<string> = new Set(["10.0.2.2", "192.168.5.2", "192.168.127.1"]);

export function isUserMode(gateway: string | undefined): boolean {
  return gateway !== undefined && userModeGateways.has(gateway);
}

/** What several rules tell a person to do. */
export const remedies = {
  guardNode: "Run `npm run doctor -- --fix`, which guards the node again.",
  setRoute: "Run `npm run doctor -- --fix`, which sets the node's one default route again.",
  renew: "Run `npm run lab:up`: it restarts K3s there, which renews its certificates, and updates the kubeconfig.",
  replaceAuthority:
    "Rebuild the lab by `npm run lab:down` and `npm run lab:up`: K3s keeps an authority for its ten years, and does not renew it.",
} as const;
