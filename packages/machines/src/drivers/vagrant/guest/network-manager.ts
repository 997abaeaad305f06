import type { GuestFile, GuestNetwork } from "./guest-network.js";

/** That a connection never brings a default route is a setting of each connection: see guest-script.ts. */
export function networkManagerFiles({ mac }: Pick<GuestNetwork, "mac">): readonly GuestFile[] {
  return [
    {
      path: "/etc/NetworkManager/conf.d/90-k3s-lab.conf",
      content: `[main]
dns=none
rc-manager=unmanaged

# The keeper's: /usr/local/sbin/k3s-lab-network.
[device-k3s-lab-lan]
match-device=mac:${mac}
managed=0

[device-k3s-lab-pods]
match-device=interface-name:cni*;interface-name:flannel*;interface-name:veth*
managed=0
`,
      mode: 0o644,
      where: ["/etc/NetworkManager"],
    },
  ];
}
