import type { GuestFile, GuestNetwork } from "./guest-network.js";

const where = ["/lib/systemd/systemd-networkd", "/usr/lib/systemd/systemd-networkd"];

/** The first file that matches an interface wins: these stand before netplan's (10-) and those of images. */
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
      // Only names of cards: to networkd the links of pods are of type ether, too.
      path: "/etc/systemd/network/04-k3s-lab-nat.network",
      content: `# The hypervisor's NAT: an address, and nothing that leads through the host.
[Match]
Type=ether
Name=en* eth*

[Link]
RequiredForOnline=no

[Network]
DHCP=ipv4
IPv6AcceptRA=no

[DHCPv4]
UseRoutes=no
UseGateway=no
UseDNS=no
UseDomains=no
UseNTP=no
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
