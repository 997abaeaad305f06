import type { GuestFile, GuestNetwork } from "./guest-network.js";

const where = ["/lib/systemd/systemd-networkd", "/usr/lib/systemd/systemd-networkd"];

/**
 * The first file that matches an interface wins: the LAN's stands before netplan's (10-) and those of images. To theirs
 * goes a drop-in.
 */
export function networkdFiles({ mac }: Pick<GuestNetwork, "mac">): readonly GuestFile[] {
  return [
    {
      path: "/etc/systemd/network/03-k3s-lab-lan.network",
      content: `# The keeper's: /usr/local/sbin/k3s-lab-network.
[Match]
MACAddress=${mac}

[Link]
Unmanaged=yes
`,
      mode: 0o644,
      where,
    },
    {
      path: "/etc/systemd/networkd.conf.d/k3s-lab.conf",
      content: `# Otherwise it deletes at every restart what it did not make: flannel's routes.
[Network]
ManageForeignRoutes=no
ManageForeignRoutingPolicyRules=no
`,
      mode: 0o644,
      where,
    },
  ];
}

/**
 * Beside the file that a guest has for the hypervisor's NAT: the interface keeps all that it has there, such as what it
 * calls itself to the DHCP server, and with it its address; and nothing comes along that leads through the host.
 * It must be what networkd-wait-online waits for: the LAN's is not networkd's, and with none to wait for K3s would start
 * after that one's two minutes.
 */
export const networkdDropIn = `# Written by k3s-lab: the default route and the resolver are the LAN's.
[Network]
IPv6AcceptRA=no

[DHCPv4]
UseRoutes=no
UseGateway=no
UseDNS=no
UseDomains=no
UseNTP=no
`;
