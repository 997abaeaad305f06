import { existsSync } from "node:fs";
import { join } from "node:path";
import { type ServiceManagerName, serviceManagers } from "@k3s-lab/service-manager";
import { rootfsDir } from "../places.js";
import { recipeKey } from "./recipe.js";

/** Where the root file system of today's recipe lies, or will lie. */
export function rootfsPath(dir = rootfsDir): string {
  return join(dir, recipeKey());
}

/** What starts services in machines on a root file system; undefined for systemd, or where it has not been built yet. */
export function serviceManagerOn(rootfs: string): ServiceManagerName | undefined {
  const has = (path: string) => existsSync(join(rootfs, path));
  const { systemd, openrc } = serviceManagers;
  return !systemd.programs.some(has) && openrc.programs.some(has) ? openrc.name : undefined;
}
