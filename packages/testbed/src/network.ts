import { hostBridge, type Lan, lan as plain } from "./lans.js";

/** What happens to a packet that the LAN's router has no route for. */
export type RouterManner = "answers" | "silent";

/** Returns lines for `ip -batch` in the router's namespace: a LAN without hosts. */
export function routerLinks(manner: RouterManner, lan: Lan = plain): string {
  return [
    "link set lo up",
    `link add ${lan.bridge} type bridge`,
    `address add ${lan.routerAddress}/${lan.prefixLength} dev ${lan.bridge}`,
    `link set ${lan.bridge} up`,
    ...(manner === "silent" ? ["route add blackhole default"] : []),
  ].join("\n");
}

/** Returns lines for `ip -batch` in the router's namespace: a cable to the host, whose card keeps its MAC when it reboots. */
export function hostCable(hostPid: number, lan: Lan = plain): string {
  return [
    `link add ${lan.port} type veth peer name ${lan.uplink} address ${lan.uplinkMac} netns ${hostPid}`,
    `link set ${lan.port} master ${lan.bridge} up`,
  ].join("\n");
}

/** The link that has the host's address and its default route. */
export function hostLink(lan: Lan, bridge: boolean): string {
  return bridge ? hostBridge : lan.uplink;
}

/** Returns lines for `ip -batch` in the host's namespace. */
export function hostLinks(lan: Lan = plain, bridge = false): string {
  const link = hostLink(lan, bridge);
  return [
    "link set lo up",
    ...(bridge ? [`link add ${link} type bridge`, `link set ${lan.uplink} master ${link}`] : []),
    `address add ${lan.hostAddress}/${lan.prefixLength} dev ${link}`,
    `link set ${lan.uplink} up`,
    ...(bridge ? [`link set ${link} up`] : []),
    defaultRoute(lan, bridge),
  ].join("\n");
}

export function defaultRoute(lan: Lan = plain, bridge = false): string {
  return `route replace default via ${lan.routerAddress} dev ${hostLink(lan, bridge)}`;
}
