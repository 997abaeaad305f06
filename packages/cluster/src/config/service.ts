import { keepalived, leaveScript, type Machine } from "@k3s-lab/machines";
import { type ServiceManager, type ServiceManagerName, serviceManagers } from "@k3s-lab/service-manager";
import { openrcUnit } from "./openrc-unit.js";
import { systemdUnit } from "./systemd-unit.js";
import type { Service, Unit } from "./unit.js";

export function serviceOf({ role }: Pick<Machine, "role">): Service {
  return role === "server" ? { name: "k3s", command: "server" } : { name: "k3s-agent", command: "agent" };
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

/** Shell by which one of several servers leaves their shared address to another one, before its K3s is stopped. */
export function leaveAddressScript(machine: Pick<Machine, "serviceManager">, sharedAddress: string): string {
  return leaveScript(sharedAddress, managerOf(machine).startScript(keepalived.service, "restart"));
}

/** Commands for a person at the host: they show what K3s has logged on a machine, and start K3s again there. */
export function commandsOn(machine: Pick<Machine, "name" | "role" | "serviceManager">): {
  readonly log: string;
  readonly restart: string;
} {
  const { name: service } = serviceOf(machine);
  const manager = managerOf(machine);
  const there = `npm run lab:exec -- ${machine.name}`;
  return { log: `${there} ${manager.logCommand(service)}`, restart: `${there} ${manager.restartCommand(service)}` };
}
