import type { Machine } from "@k3s-lab/machines";
import { k3sPaths, labPaths } from "../paths.js";
import { shellText } from "../shell.js";
import { managerOf, serviceOf, unitOf } from "./service.js";
import type { Service } from "./unit.js";

export function uninstallPath({ name }: Service): string {
  return `/usr/local/bin/${name}-uninstall.sh`;
}

/** Returns k3s-killall.sh, which ends K3s and every container of it, and removes what they had mounted and linked. */
export function killAllScript(): string {
  return shellText("k3s-killall");
}

/** Returns k3s-uninstall.sh or k3s-agent-uninstall.sh: as if K3s had never been installed. */
export function uninstallScript(machine: Pick<Machine, "role" | "serviceManager">): string {
  const service = serviceOf(machine);
  const manager = managerOf(machine);
  const files = [
    manager.serviceFile(service.name),
    ...manager.logRotation(service.name).map(({ path }) => path),
    unitOf(machine).environmentFile(service),
    ...k3sPaths.links,
    k3sPaths.binary,
    k3sPaths.killAll,
    labPaths.installed,
  ];
  return `#!/bin/sh
# Removes K3s from this node. Written by k3s-lab; named as K3s' installer names its own.
killall=${k3sPaths.killAll}
service=${service.name}
files="${files.join(" ")}"
${shellText("k3s-uninstall").replace(/^(#.*\n)+/, "")}`;
}
