import type { Program } from "@k3s-lab/host";

export const programs: readonly Program[] = [
  { name: "ip", package: "iproute2", why: "reads the host's network and makes the LAN" },
  { name: "nft", package: "nftables", why: "guards the host" },
];
