import { program } from "@k3s-lab/docker";
import { shieldedSysctls } from "../../host-needs.js";
import type { DockerHardware, Machine, Mount } from "../../machine.js";
import { loginVariables } from "../login.js";
import { shellArgv } from "../../shell.js";
import type { Command } from "../enter.js";
import { sharedStore } from "../../places.js";
import { containerName, labels, networkName, registryVolume, volumeName, volumes } from "./names.js";

/** How long a machine may take to shut down before it is ended. */
const shutdownSeconds = 15;
const apiPort = 6443;
/** Where a machine finds the host's cache. */
export const cacheInside = "/var/cache/k3s-lab";

export interface ContainerOptions {
  readonly labId: string;
  readonly machine: Machine;
  readonly hardware: DockerHardware;
  readonly mounts: readonly Mount[];
}

/** The arguments of `docker create` that a container is made of; which of them have changed tells whether it must be made again. */
export function containerArgs({ labId, machine, hardware, mounts }: ContainerOptions): readonly string[] {
  const volume = ([name, path]: readonly [string, string]) =>
    `type=volume,source=${name},target=${path},volume-label=${labels.lab}=${labId}`;
  const own = Object.entries(volumes).map(([name, path]) => [volumeName(labId, machine.name, name), path] as const);
  const isServer = machine.role === "server";
  const isOneOfSeveral = isServer && hardware.relay !== undefined;
  const shared = isOneOfSeveral ? [[registryVolume(labId), sharedStore] as const] : [];
  const publishes = isServer && !isOneOfSeveral ? portsOf(hardware) : [];
  const sysctls = Object.entries(shieldedSysctls).flat();
  const folder = ({ from, to, writable }: Mount) =>
    `type=bind,${field(`source=${from}`)},target=${to}${writable ? "" : ",readonly"}`;
  return [
    ["--name", containerName(labId, machine.name), "--hostname", machine.name],
    ["--label", `${labels.lab}=${labId}`, "--label", `${labels.node}=${machine.name}`],
    // Pods may ask for anything that a node has; a kubelet mounts file systems.
    ["--privileged", "--cgroupns", "private"],
    ["--network", networkName(labId), "--ip", machine.address],
    ...[...own, ...shared].map((each) => ["--mount", volume(each)]),
    ...[{ from: hardware.cache, to: cacheInside, writable: false }, ...mounts].map((each) => ["--mount", folder(each)]),
    ["--tmpfs", "/run", "--tmpfs", "/tmp:exec"],
    ["--env", "container=docker", "--stop-signal", "SIGRTMIN+3", "--stop-timeout", String(shutdownSeconds)],
    // After a reboot of the host the lab stands still, until it is asked for.
    ["--restart", "no", "--log-driver", "none"],
    ...publishes.map((port) => ["--publish", port]),
    [hardware.image, ...shellArgv("docker-init.sh"), machine.mac, ...sysctls],
  ].flat();
}

/** A field of the line of comma-separated values that Docker reads a mount from. */
function field(value: string): string {
  return /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** What the server's container, or the relay to several servers, publishes on the host. */
export function portsOf({ apiPort: api, registryPort, registryNodePort, ports }: DockerHardware): readonly string[] {
  return [`127.0.0.1:${api}:${apiPort}`, `127.0.0.1:${registryPort}:${registryNodePort}`, ...ports];
}

/** Runs a program in a machine, with an environment like that of a fresh root login. */
export function execCommand(
  labId: string,
  name: string,
  argv: readonly string[],
  {
    keep = [],
    cwd,
    flags = ["--interactive"],
  }: {
    /** Variables of docker's own environment that reach the program: their values may be secret. */
    readonly keep?: readonly string[];
    readonly cwd?: string | undefined;
    readonly flags?: readonly string[];
  } = {},
): Command {
  return [
    program,
    "exec",
    ...flags,
    ...Object.entries(loginVariables).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
    ...keep.flatMap((key) => ["--env", key]),
    containerName(labId, name),
    ...argvInside(argv, cwd),
  ];
}

/** What runs a program in a machine. */
export function argvInside(argv: readonly string[], cwd = "/root"): readonly string[] {
  // A directory that is missing is the program's failure, not Docker's.
  return ["env", "--unset=container", `--chdir=${cwd}`, "--", ...argv];
}

/** Ends all that runs in a machine with a variable: "NAME=value". */
export function endCommand(labId: string, name: string, variable: string): readonly string[] {
  return ["exec", containerName(labId, name), ...shellArgv("end-marked.sh"), variable];
}
