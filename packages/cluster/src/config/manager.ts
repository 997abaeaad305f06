import type { Machine } from "@k3s-lab/machines";
import { openrc } from "./openrc.js";
import type { ServiceManager } from "./service.js";
import { systemd } from "./systemd.js";

/** What starts services on a machine. */
export function managerOf({ serviceManager = "systemd" }: Pick<Machine, "serviceManager">): ServiceManager {
  return { systemd, openrc }[serviceManager];
}
