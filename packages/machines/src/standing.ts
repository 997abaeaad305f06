import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bridgeOf } from "@k3s-lab/host-network/names";
import { parseCidr } from "@k3s-lab/ip";
import { type Lab, type MachineProvider, sharedName, type VagrantProvider } from "@k3s-lab/lab";
import type { Remains } from "@k3s-lab/stages";
import { dataDirs } from "./drivers/lxc/config.js";
import { readInside } from "./drivers/lxc/create.js";
import { machinesIn, readIn, type VagrantFolder } from "./drivers/vagrant/folder.js";
import { guestScriptPath, vagrantfilePath } from "./drivers/vagrant/places.js";
import { networkFile } from "./node-files.js";
import { machineNames, machinePlaces } from "./places.js";
import { machinesRecord } from "./record.js";
import { keepalivedFile, sharedIn } from "./shared-address.js";

type OfLab = Pick<Lab, "id" | "state">;

/** What stands of a lab's machines, by their own files, whatever was recorded of them. */
export interface Standing {
  readonly provider: MachineProvider;
  /** Of virtual machines. */
  readonly box?: string | undefined;
  readonly emulate?: boolean | undefined;
  readonly machines: readonly StandingMachine[];
}

interface StandingMachine {
  readonly name: string;
  /** "10.76.0.11/24" */
  readonly address: string;
  /** Whether it is plugged into the lab's own bridge. */
  readonly isPrivate: boolean;
}

/** What drives the machines that a lab has; undefined before the first `lab:up`. */
export function providerOf(lab: OfLab): MachineProvider | undefined {
  const recorded = lab.state.read(machinesRecord);
  if (recorded === undefined) return standingOf(lab)?.provider;
  return recorded.vagrant?.provider ?? (recorded.driver === "docker" ? "docker" : "lxc");
}

/** Looks for machines of a lab whose record is lost. Undefined where none stands. */
export function standingOf(lab: OfLab): Standing | undefined {
  return containers(lab) ?? virtualMachines(lab, "libvirt") ?? virtualMachines(lab, "virtualbox");
}

/** What of the lab's network its machines have kept. */
export function remainsOf(lab: OfLab): Remains {
  const machines = standingOf(lab)?.machines ?? [];
  if (machines.length === 0) return {};
  const own = machines.map(({ name, address }) => [name, address.replace(/\/.*/, "")] as const);
  const shared = machines.flatMap(({ name }) => sharedIn(readStopped(lab, name, keepalivedFile) ?? "") ?? []);
  const addresses = Object.fromEntries([...own, ...shared.map((address) => [sharedName, address] as const)]);
  const owned = machines.find(({ isPrivate }) => isPrivate);
  return owned === undefined ? { addresses } : { addresses, subnet: parseCidr(owned.address) };
}

/** Reads a file of a machine that does not run; undefined where only the running machine could tell. */
export function readStopped({ id }: Pick<Lab, "id">, name: string, path: string): string | undefined {
  const { upper, data } = machinePlaces(id, name);
  const disk = Object.entries(dataDirs).find(([, dir]) => path.startsWith(`/${dir}/`));
  if (disk === undefined) return readInside(upper, path);
  const [folder, dir] = disk;
  return readInside(join(data, folder), path.slice(dir.length + 1));
}

function containers({ id }: OfLab): Standing | undefined {
  const machines = machineNames(id).flatMap((name): readonly StandingMachine[] => {
    const { config, upper } = machinePlaces(id, name);
    const address = /^address add (\S+) /m.exec(readInside(upper, networkFile) ?? "")?.[1];
    if (address === undefined || !existsSync(config)) return [];
    const link = /^lxc\.net\.0\.link = (.+)$/m.exec(readFileSync(config, "utf8"))?.[1];
    return [{ name, address, isPrivate: link === bridgeOf(id) }];
  });
  return machines.length === 0 ? undefined : { provider: "lxc", machines };
}

function virtualMachines({ id, state }: OfLab, provider: VagrantProvider): Standing | undefined {
  const folder: VagrantFolder = { labId: id, dir: state.path("vagrant"), provider };
  const names = machinesIn(folder);
  if (names.length === 0) return undefined;
  const vagrantfile = readIn(folder, vagrantfilePath) ?? "";
  const isPrivate = vagrantfile.includes(`dev: '${bridgeOf(id)}'`);
  return {
    provider,
    box: /config\.vm\.box = '(.+)'/.exec(vagrantfile)?.[1],
    emulate: vagrantfile.includes("libvirt.driver = 'qemu'"),
    machines: names.flatMap((name) => {
      const script = readIn(folder, guestScriptPath(name)) ?? "";
      const [, address, bits] = /^ADDRESS=(.+)\nPREFIX=(.+)$/m.exec(script) ?? [];
      return address === undefined ? [] : [{ name, address: `${address}/${bits}`, isPrivate }];
    }),
  };
}
