import { type Daemon, serviceManagers } from "@k3s-lab/service-manager";
import { guestPlaces } from "../places.js";
import type { GuestFile } from "./guest-network.js";

const k3s = ["k3s", "k3s-agent"] as const;

const daemon: Daemon = {
  name: guestPlaces.service,
  description: "Address, default route and resolver of a k3s-lab machine",
  program: guestPlaces.keeper,
  // What is ordered after this service waits for the first round.
  prepare: "wait",
  stay: "watch",
  order: {
    systemd: { after: ["network.target"], before: ["network-online.target", ...k3s] },
    openrc: { after: ["localmount", "net", "firewall"], before: k3s },
  },
};

/** They start the keeper before K3s, and again when it ends. */
export const serviceFiles: readonly GuestFile[] = Object.values(serviceManagers).map((manager) => ({
  path: manager.serviceFile(daemon.name),
  content: manager.daemon(daemon),
  mode: manager.serviceFileMode,
  where: manager.programs,
}));
