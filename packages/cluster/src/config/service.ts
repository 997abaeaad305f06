import type { Machine } from "@k3s-lab/machines";
import { type ServiceManager, type ServiceManagerName, serviceManagers } from "@k3s-lab/service-manager";
import { openrcUnit } from "./openrc-unit.js";
import { systemdUnit } from "./systemd-unit.js";

/** K3s as a service of a node, named as K3s' own installer names it. */
export interface Service {
  readonly name: "k3s" | "k3s-agent";
  readonly command: "server" | "agent";
}

export function serviceOf({ role }: Pick<Machine, "role">): Service {
  return role === "server" ? { name: "k3s", command: "server" } : { name: "k3s-agent", command: "agent" };
}

/** K3s' service as its own installer has it under each service manager, so that K3s' documentation stays true on a node. */
export interface Unit {
  /** The content of the service's file. */
  content(service: Service): string;
  environmentFile(service: Service): string;
  /** Shell that waits until a server that was started is ready; nothing where its service manager does that. */
  waitScript(service: Service): string;
}

const units: Readonly<Record<ServiceManagerName, Unit>> = { systemd: systemdUnit, openrc: openrcUnit };

export function unitOf({ serviceManager = "systemd" }: Pick<Machine, "serviceManager">): Unit {
  return units[serviceManager];
}

/** What starts services on a machine. */
export function managerOf({ serviceManager = "systemd" }: Pick<Machine, "serviceManager">): ServiceManager {
  return serviceManagers[serviceManager];
}

/** Shell that starts K3s, now and at every boot, and fails where it does not come up. */
export function startScript(machine: Pick<Machine, "role" | "serviceManager">, how: "start" | "restart"): string {
  const service = serviceOf(machine);
  return `set -e\n${managerOf(machine).startScript(service.name, how)}${unitOf(machine).waitScript(service)}`;
}
