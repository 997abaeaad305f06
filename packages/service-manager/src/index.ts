import { openrc } from "./openrc.js";
import type { ServiceManager, ServiceManagerName } from "./service-manager.js";
import { systemd } from "./systemd.js";

export { openrcLogFile, openrcPidFile } from "./openrc.js";
export type { Daemon, Order, ServiceManager, ServiceManagerName } from "./service-manager.js";

export const serviceManagers: Readonly<Record<ServiceManagerName, ServiceManager>> = { systemd, openrc };
