import { openrc } from "./openrc.js";
import type { ServiceManager, ServiceManagerName } from "./service-manager.js";
import { systemd } from "./systemd.js";

export { openrcSupervised } from "./openrc.js";
export type { Daemon, LogOptions, Order, ServiceFile, ServiceManager, ServiceManagerName } from "./service-manager.js";

export const serviceManagers: Readonly<Record<ServiceManagerName, ServiceManager>> = { systemd, openrc };
