import { join } from "node:path";
import { type Lan, lanLink } from "@k3s-lab/host-network/network";
import { cableName, labCgroup, machinePlaces } from "../../places.js";
import { foldersOf, type Machine, type Mount } from "../../machine.js";
import { shieldedSysctls } from "../../host-needs.js";
import { limitSettings } from "./limits.js";

/** Directories of the machine that lie on a real directory of the host, by the name of that directory. */
export const dataDirs = { rancher: "var/lib/rancher", kubelet: "var/lib/kubelet" } as const;

/** Devices of the host that a kubelet, a VPN or a FUSE file system in the machine wants. */
const devices = ["dev/kmsg", "dev/net/tun", "dev/fuse"] as const;

export interface LxcConfigOptions {
  readonly labId: string;
  readonly machine: Machine;
  readonly lan: Lan;
  /** The root file system that the machine was made on. */
  readonly rootfs: string;
  readonly mounts?: readonly Mount[] | undefined;
}

/** LXC's configuration of a machine. */
export function lxcConfig({ labId, machine, lan, rootfs, mounts: folders = [] }: LxcConfigOptions): string {
  const { upper, data, sysctls } = machinePlaces(labId, machine.name);
  const mounts = [
    ...devices.map((path) => `/${path} ${path} none bind,optional,create=file 0 0`),
    ...Object.entries(dataDirs).map(([name, path]) => `${join(data, name)} ${path} none bind,create=dir 0 0`),
    // A kubelet sets these for the whole host (a kernel that restarts it on an oops): it finds what it wants here.
    ...Object.keys(shieldedSysctls).map(
      (key) => `${join(sysctls, key)} proc/sys/${key.replaceAll(".", "/")} none bind,optional 0 0`,
    ),
    ...foldersOf(machine, folders).map(
      ({ from, to, writable }) =>
        `${inTable(from)} ${inTable(to.slice(1))} none bind,create=dir${writable ? "" : ",ro"} 0 0`,
    ),
  ];
  const cgroup = labCgroup(labId);
  const settings: readonly (readonly [string, string])[] = [
    ["uts.name", machine.name],
    ["rootfs.path", `overlay:${rootfs}:${upper}`],
    ["apparmor.profile", "unconfined"],
    // All others stay: pods may ask for them. These two are never the machine's own.
    ["cap.drop", "sys_time sys_module"],
    ["mount.auto", "proc:rw sys:rw cgroup:rw:force"],
    ["tty.max", "0"],
    // Without it the machine has no /dev/ptmx.
    ["pty.max", "1024"],
    ["console.path", "none"],
    ["signal.halt", "SIGRTMIN+3"],
    ...mounts.map((entry) => ["mount.entry", entry] as const),
    // A cgroup of the lab's own, so that machines of the same name in two labs do not meet.
    ["cgroup.dir.container", `${cgroup}/${machine.name}`],
    ["cgroup.dir.monitor", `${cgroup}/${monitorCgroup(machine.name)}`],
    ["cgroup.dir.monitor.pivot", cgroup],
    ...plug(lan, cableName(labId, machine.name)),
    ["net.0.flags", "up"],
    ["net.0.name", machine.interface],
    ["net.0.hwaddr", machine.mac],
    ...limitSettings(machine),
  ];
  return settings.map(([key, value]) => `lxc.${key} = ${value}\n`).join("");
}

/** Writes a path as a table of mounts has it. */
function inTable(path: string): string {
  return path.replace(/[\\\s]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`);
}

/** A cable into a bridge, or a further MAC address on an interface of the host: siblings there reach each other. */
function plug(lan: Lan, cable: string): readonly (readonly [string, string])[] {
  if (lan.kind === "macvlan") {
    return [
      ["net.0.type", "macvlan"],
      ["net.0.macvlan.mode", "bridge"],
      ["net.0.link", lanLink(lan)],
    ];
  }
  return [
    ["net.0.type", "veth"],
    ["net.0.link", lanLink(lan)],
    ["net.0.veth.pair", cable],
  ];
}

/** No machine has this name: a DNS label has no dot. */
export function monitorCgroup(name: string): string {
  return `monitor.${name}`;
}

/** The machine that a cgroup within the lab's belongs to; LXC's own, such as lxc.pivot, belong to none. */
export function machineOfCgroup(cgroup: string): string | undefined {
  const name = cgroup.replace(/^monitor\./, "");
  return name.includes(".") ? undefined : name;
}

/** The root file system that a machine was made on: a later recipe must not be put under its feet. */
export function rootfsOf(config: string): string | undefined {
  return /^lxc\.rootfs\.path = overlay:([^:\n]+):/m.exec(config)?.[1];
}
