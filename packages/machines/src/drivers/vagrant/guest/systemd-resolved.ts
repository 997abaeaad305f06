import type { GuestFile, GuestNetwork } from "./guest-network.js";

/** For programs that ask it past /etc/resolv.conf, which is a file of ours. */
export function resolvedFiles({ resolvers }: Pick<GuestNetwork, "resolvers">): readonly GuestFile[] {
  return [
    {
      path: "/etc/systemd/resolved.conf.d/k3s-lab.conf",
      content: `[Resolve]
# Emptied first: each line adds to what an image has set.
DNS=
DNS=${resolvers.join(" ")}
FallbackDNS=
Domains=~.
LLMNR=no
MulticastDNS=no
`,
      mode: 0o644,
      where: ["/lib/systemd/systemd-resolved", "/usr/lib/systemd/systemd-resolved"],
    },
  ];
}
