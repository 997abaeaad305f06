import { existsSync, statSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { type FileSystemSpace, missingControllers, requireExecutable, spaceAt, systemDir } from "@k3s-lab/host";
import {
  hasSeveralServers,
  type Lab,
  type MachineProvider,
  machineProvider,
  namedPath,
  type NodeConfig,
} from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import { madeOn } from "./drivers/lxc/state.js";
import { type Need, needFor, noteOnSpace, refuseFullDisk } from "./disk-room.js";
import { controllers } from "./host-needs.js";
import { type Limits, mebibyte } from "./limits.js";
import { labDir, machineNames, machinePlaces, rootfsDir } from "./places.js";
import { keepalived } from "./shared-address.js";
import { rootfsPath } from "./rootfs/path.js";

/** Refuses a host on which containers cannot be made, or K3s in them does not start, for reasons that no package solves. */
export function checkHost(lab: Pick<Lab, "id" | "config" | "file">): void {
  refuseMissingMounts(lab);
  const provider = machineProvider(lab.config);
  refuseSeveralServers(lab, provider);
  // Elsewhere Docker's own virtual machine has less than the host.
  if (process.platform === "linux") {
    refuseTooMuch(lab.config.nodes, { memory: Math.floor(totalmem() / mebibyte), cpus: cpus().length });
  }
  if (provider === "docker" && process.platform === "linux") refuseControllers(missingControllers(controllers));
  if (provider !== "lxc") return;
  for (const dir of [rootfsDir, labDir(lab.id)]) requireExecutable(dir, "the machines' programs");
  refuseControllers(missingControllers(controllers));
  const need = needOf(lab);
  const space = spaceAt(systemDir);
  // Machines that are made are repaired, however full their disk is.
  if (space !== undefined && need.bytes > 0) refuseFullDisk(systemDir, space, need, roomBySystem);
}

/** Throws where a node is given more than the host has: megabytes, and processors. */
export function refuseTooMuch(
  nodes: readonly Pick<NodeConfig, "name" | "memory" | "cpus">[],
  host: Required<Limits>,
): void {
  for (const { name, memory = 0, cpus: processors = 0 } of nodes) {
    if (memory <= host.memory && processors <= host.cpus) continue;
    const what =
      memory > host.memory
        ? `is given ${memory} MB of memory, expected at most the ${host.memory} MB of this host`
        : `is given ${processors} processors, expected at most the ${host.cpus} of this host`;
    throw new Problem("LAB-MCH-021", name, what, { remedy: "Give it less in lab.yaml, or leave the key out." });
  }
}

/** Refuses several servers where they cannot share an address, and the folder with their registry's images. */
function refuseSeveralServers(
  { id, file, config }: Pick<Lab, "id" | "config" | "file">,
  provider: MachineProvider,
): void {
  if (!hasSeveralServers(config)) return;
  // Its image is made of today's recipe when servers become several.
  if (provider === "docker") return;
  if (provider !== "lxc") {
    throw new Problem("LAB-MCH-027", file, `nodes: has several servers, and their machines are of ${provider}`, {
      remedy: "Several servers run in containers only: set machines.provider: docker or lxc, or have one server.",
    });
  }
  for (const { name, role } of config.nodes) {
    const rootfs = role === "server" ? madeOn(id, name) : undefined;
    const roots = rootfs === undefined ? [] : [rootfs, machinePlaces(id, name).upper];
    if (rootfs === undefined || roots.some((root) => existsSync(join(root, keepalived.program)))) continue;
    throw new Problem("LAB-MCH-028", name, "lacks keepalived, which holds the address that several servers share", {
      remedy: `Install it: \`npm run lab:exec -- ${name} sh -c "apt-get update && apt-get install -y keepalived"\`.`,
    });
  }
}

function refuseMissingMounts(lab: Pick<Lab, "config" | "file">): void {
  for (const [index, { from }] of lab.config.machines.mounts.entries()) {
    const path = namedPath(lab, from);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) continue;
    const is = existsSync(path) ? "is not a folder" : "does not exist";
    throw new Problem("LAB-MCH-020", path, `${is}, expected the folder that machines.mounts.${index}.from names`, {
      remedy: "Make the folder, or name another one in lab.yaml.",
    });
  }
}

/** Returns a note on a disk that has room enough, yet is so full that K3s deletes images. */
export function noteOnDisk(
  lab: Pick<Lab, "id" | "config">,
  space: FileSystemSpace | undefined = spaceAt(systemDir),
): string | undefined {
  if (space === undefined || machineProvider(lab.config) !== "lxc") return undefined;
  return noteOnSpace(systemDir, space, needOf(lab));
}

function refuseControllers(missing: readonly string[]): void {
  if (missing.length === 0) return;
  const isOne = missing.length === 1;
  const what = `its cgroups lack the ${isOne ? "controller" : "controllers"} ${missing.join(", ")}, without which K3s does not start`;
  const words = missing.includes("memory") ? "cgroup_memory=1 cgroup_enable=memory" : `cgroup_enable=${missing[0]}`;
  throw new Problem("LAB-MCH-018", "host", what, {
    remedy: `Switch ${isOne ? "it" : "them"} on for the kernel and reboot: on Raspberry Pi OS add ${words} to the line of /boot/firmware/cmdline.txt (earlier: /boot/cmdline.txt), elsewhere to GRUB_CMDLINE_LINUX in /etc/default/grub and run update-grub, and take cgroup_disable=${missing[0]} out; a host that is itself a container or a service gets controllers from its own host (systemd: Delegate=yes).`,
  });
}

const roomBySystem = `Make room: remove images of old builds, labs that are no longer needed, ~/.cache/k3s-lab; or mount a larger disk at ${systemDir}.`;

/** Returns what is still to be made of the root file system and of the machines. */
function needOf({ id, config }: Pick<Lab, "id" | "config">): Need {
  const made = machineNames(id);
  const machines = config.nodes.filter(({ name }) => !made.includes(name)).length;
  return needFor(machines, existsSync(rootfsPath()));
}
