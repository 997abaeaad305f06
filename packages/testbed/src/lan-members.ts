import type { Lan } from "./lans.js";

const wan = { link: "wan0", router: "198.51.100.1", peer: "198.51.100.2", prefixLength: 30 } as const;
/** The one card of a computer beside the host. */
export const memberLink = "eth0";

/** Returns lines for `ip -batch` in the router's namespace: a cable to a network behind it, where an address is. */
export function internetCable(pid: number, address: string): string {
  return [
    `link add ${wan.link} type veth peer name ${memberLink} netns ${pid}`,
    `address add ${wan.router}/${wan.prefixLength} dev ${wan.link}`,
    `link set ${wan.link} up`,
    `route add ${address}/32 via ${wan.peer}`,
  ].join("\n");
}

/** The other end. Its answers come from the address that was asked, although the cable has another. */
export function internetLinks(lan: Lan, address: string): string {
  return [
    "link set lo up",
    `address add ${address}/32 dev lo`,
    `address add ${wan.peer}/${wan.prefixLength} dev ${memberLink}`,
    `link set ${memberLink} up`,
    `route add ${lan.subnet} via ${wan.router} src ${address}`,
  ].join("\n");
}

/** Returns lines for `ip -batch` in the router's namespace: a cable to a neighbour of the host. */
export function neighbourCable(pid: number, lan: Lan, mac: string): string {
  return [
    `link add port1 type veth peer name ${memberLink} address ${mac} netns ${pid}`,
    `link set port1 master ${lan.bridge} up`,
  ].join("\n");
}

export function neighbourLinks(lan: Lan, address: string): string {
  return [
    "link set lo up",
    `address add ${address}/${lan.prefixLength} dev ${memberLink}`,
    `link set ${memberLink} up`,
    `route add default via ${lan.routerAddress}`,
  ].join("\n");
}

/** Returns the command line of the LAN's DHCP server: it prints that it serves, and goes on. */
export function dhcpServer(lan: Lan, { first, last }: NonNullable<Lan["pool"]>): readonly [string, readonly string[]] {
  return [
    "dnsmasq",
    [
      "--keep-in-foreground",
      "--conf-file=/dev/null",
      "--log-facility=-",
      "--user=root",
      "--pid-file=",
      // DNS is not its task here.
      "--port=0",
      `--interface=${lan.bridge}`,
      `--dhcp-range=${first},${last},1h`,
      `--dhcp-option=option:router,${lan.routerAddress}`,
      `--dhcp-option=option:dns-server,${lan.routerAddress}`,
      "--dhcp-leasefile=/dev/null",
      // A client must not wait for a ping that no host answers.
      "--no-ping",
    ],
  ];
}
