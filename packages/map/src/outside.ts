import type { HostNetwork, Uplink } from "@k3s-lab/host-network";
import { ids, type Scene } from "./scene.js";
import type { Element } from "./topology.js";

/** Returns what the host is plugged into: its LAN and that LAN's router, where there are any. */
export function outsideOf({ uplink, network }: Scene): readonly Element[] {
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

/** Returns the LAN that the host is on. */
export function lanSubnet(uplink: Uplink | null, network: HostNetwork | undefined): string | undefined {
  if (network !== undefined && network.lan.kind !== "private") return String(network.lan.subnet);
  const [first] = uplink?.networks ?? [];
  return first === undefined ? undefined : String(first);
}

/** Returns the router of the LAN that the host is on. */
export function routerOf(uplink: Uplink | null, network: HostNetwork | undefined): string | undefined {
  return network === undefined || network.lan.kind === "private" ? uplink?.gateway : network.gateway;
}
