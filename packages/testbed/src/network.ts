import { lan } from "./names.js";

/** What happens to a packet that the LAN's router has no route for. */
export type RouterManner = "answers" | "silent";

/** Lines for `ip -batch` in the router's namespace: a LAN, with a cable to the host. */
export function routerLinks(hostPid: number, manner: RouterManner): string {
  return [
    "link set lo up",
    `link add ${lan.bridge} type bridge`,
    `link add ${lan.port} type veth peer name ${lan.uplink} netns ${hostPid}`,
    `link set ${lan.port} master ${lan.bridge} up`,
    `address add ${lan.routerAddress}/${lan.prefixLength} dev ${lan.bridge}`,
    `link set ${lan.bridge} up`,
    ...(manner === "silent" ? ["route add blackhole default"] : []),
  ].join("\n");
}

/** Lines for `ip -batch` in the host's namespace. */
export function hostLinks(): string {
  return [
    "link set lo up",
    `address add ${lan.hostAddress}/${lan.prefixLength} dev ${lan.uplink}`,
    `link set ${lan.uplink} up`,
    defaultRoute(),
  ].join("\n");
}

export function defaultRoute(): string {
  return `route replace default via ${lan.routerAddress} dev ${lan.uplink}`;
}
