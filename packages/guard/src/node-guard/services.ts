import { type Daemon, serviceManagers, type ServiceManagerName } from "@k3s-lab/service-manager";
import { nodeGuardPaths, serviceName } from "./names.js";

/** Whatever flushes rules when it starts; those that are not installed do no harm. */
const firewalls = ["nftables", "iptables", "netfilter-persistent", "firewalld", "ufw"] as const;
const k3s = ["k3s", "k3s-agent"] as const;

// Nothing happens when it stops: a guard is taken away on purpose only. For the same reason it is no part of
// nftables.service, which would stop it, too; it watches instead, and puts itself back whoever flushed the rules.
const daemon: Daemon = {
  name: serviceName,
  description: "Keeps what no pod serves from looping between this cluster and its host",
  program: nodeGuardPaths.script,
  prepare: "load",
  stay: "watch",
  order: {
    systemd: { after: firewalls, before: k3s },
    openrc: { after: ["firewall", ...firewalls], before: k3s },
  },
};

/** The file that makes the guard a service. */
export function guardService(manager: ServiceManagerName) {
  const { serviceFile, serviceFileMode, daemon: render } = serviceManagers[manager];
  return { path: serviceFile(serviceName), content: render(daemon), mode: serviceFileMode };
}
