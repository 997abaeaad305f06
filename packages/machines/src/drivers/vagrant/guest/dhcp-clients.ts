import type { GuestFile } from "./guest-network.js";

/**
 * ifupdown, Debian's and Alpine's, leaves DHCP to one of these. Each still gets its address, and is told not to take a
 * route or a resolver along. Debian's own udhcpc reads no configuration: see guest-script.ts.
 */
export const dhcpClientFiles: readonly GuestFile[] = [
  {
    // Read by dhclient-script before it acts; the second route option is for its hook rfc3442-classless-routes.
    path: "/etc/dhcp/dhclient-enter-hooks.d/k3s-lab",
    content: `unset new_routers new_rfc3442_classless_static_routes new_static_routes
make_resolv_conf() { :; }
`,
    mode: 0o644,
    where: ["/etc/dhcp/dhclient-enter-hooks.d", "/sbin/dhclient-script", "/usr/sbin/dhclient-script"],
  },
  {
    // Read by Alpine's script, which knows the interface by then.
    path: "/etc/udhcpc/udhcpc.conf",
    content: `unset router staticroutes dns
RESOLV_CONF=no
NO_GATEWAY="$NO_GATEWAY $interface"
`,
    mode: 0o644,
    where: ["/usr/share/udhcpc/default.script"],
    block: "last",
  },
  {
    // Before its sections of interfaces, so that it holds for all.
    path: "/etc/dhcpcd.conf",
    content: `nogateway
nohook resolv.conf
nooption classless_static_routes, ms_classless_static_routes
`,
    mode: 0o644,
    where: ["/etc/dhcpcd.conf"],
    block: "first",
  },
];
