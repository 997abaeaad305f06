import { guestPlaces } from "../places.js";
import type { GuestFile, GuestNetwork } from "./guest-network.js";

/** What the keeper reads. */
export function lanFiles({ mac, address, prefixLength, gateway, resolvers }: GuestNetwork): readonly GuestFile[] {
  const lan = { MAC: mac.toLowerCase(), ADDRESS: address, PREFIX: String(prefixLength), GATEWAY: gateway };
  const lines = Object.entries(lan).map(([key, value]) => `${key}=${value}\n`);
  return [
    { path: guestPlaces.lan, content: lines.join(""), mode: 0o644 },
    {
      path: guestPlaces.resolvers,
      content: resolvers.map((resolver) => `nameserver ${resolver}\n`).join(""),
      mode: 0o644,
    },
  ];
}
