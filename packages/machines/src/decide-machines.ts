import type { HostNetwork } from "@k3s-lab/host-network";
import { hostName, nodeMac } from "@k3s-lab/host-network/names";
import {
  hasSeveralServers,
  isVagrant,
  type Lab,
  type MachineProvider,
  machineProvider,
  namedPath,
  relayName,
  sharedName,
} from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import type { DockerHardware, Machine, Machines, Mount, VirtualHardware } from "./machine.js";
import { refuseOtherRoles } from "./refuse-roles.js";
import type { ServiceManagerName } from "@k3s-lab/service-manager";
import { cachedImages, registryDir, sharedStore } from "./places.js";
import type { Standing } from "./standing.js";

/** What this package needs to know of the host's side of the LAN. */
export type Network = Pick<HostNetwork, "lan" | "gateway" | "hostAddress" | "resolvers" | "search" | "addresses"> &
  Pick<Machines, "insteadOf" | "noneKnew">;

export interface Known {
  /** What the last lab:up recorded. */
  readonly remembered?: Machines | undefined;
  /** What stands where that record is lost. */
  readonly standing?: Standing | undefined;
  /** Whether processors have to be emulated: KVM does not work. Asked only before the first machine is made. */
  readonly emulate?: boolean | undefined;
  /** What Docker's containers are made of. */
  readonly docker?: DockerHardware | undefined;
  /** What starts services in a container, as its root file system shows; undefined: systemd. */
  readonly inContainer?: ((name: string) => ServiceManagerName | undefined) | undefined;
}

/** The machines of a lab: pure data of its configuration and its network. */
export function decideMachines(
  lab: Pick<Lab, "id" | "config" | "file">,
  network: Network,
  { remembered, standing, emulate = false, docker, inContainer = () => undefined }: Known = {},
): Machines {
  const { lan, gateway, hostAddress, resolvers, insteadOf, noneKnew, search, addresses } = network;
  // What lab.yaml names comes first: the first line of a hosts file counts.
  const hostAliases = [
    ...lab.config.network.hostAliases,
    ...(hostAddress === undefined ? [] : [{ ip: hostAddress, hostnames: [hostName] }]),
  ];
  const provider = machineProvider(lab.config);
  const driver = driverOf(provider);
  const mounts = [...mountsOf(lab, driver), ...(isVagrant(provider) ? [] : cacheMount(lab, remembered))];
  const machines: Machines = {
    driver,
    machines: lab.config.nodes.map(({ name, role, memory, cpus }): Machine => {
      const address = addresses[name];
      if (address === undefined) {
        const remedy = "Run `npm run lab:up`, which runs every stage.";
        throw new Problem("LAB-MCH-001", name, "has no address in the lab's network", { remedy });
      }
      const mac = nodeMac(lab.id, name, lan.kind === "private" ? undefined : lan.seed);
      const known = remembered?.driver === driver ? remembered.machines.find((each) => each.name === name) : undefined;
      return {
        name,
        role,
        address,
        prefixLength: lan.subnet.bits,
        mac,
        ...inside(driver, driver === "vagrant" ? known : { serviceManager: inContainer(name) }),
        ...(memory !== undefined && { memory }),
        ...(cpus !== undefined && { cpus }),
      };
    }),
    lan,
    ...(addresses[sharedName] !== undefined && { sharedAddress: addresses[sharedName] }),
    gateway,
    resolvers: [...resolvers],
    ...(insteadOf && { insteadOf }),
    ...(noneKnew && { noneKnew }),
    ...(search && { search }),
    ...(hostAliases.length > 0 && { hostAliases }),
    ...(mounts.length > 0 && { mounts }),
    ...(docker && {
      docker: { ...docker, ...(addresses[relayName] !== undefined && { relay: addresses[relayName] }) },
    }),
    ...(isVagrant(provider) && {
      vagrant: hardwareOf(lab, provider, remembered?.vagrant?.emulate ?? standing?.emulate ?? emulate),
    }),
  };
  if (remembered !== undefined) refuseOtherRoles(lab.file, machines.machines, remembered.machines);
  if (remembered !== undefined) refuseOtherMachines(lab, machines, fixedIn(remembered));
  else if (standing !== undefined) refuseOtherMachines(lab, machines, fixedInStanding(standing));
  return machines;
}

function driverOf(provider: MachineProvider): Machines["driver"] {
  return isVagrant(provider) ? "vagrant" : provider;
}

function mountsOf(lab: Pick<Lab, "id" | "config" | "file">, driver: Machines["driver"]): readonly Mount[] {
  const named = lab.config.machines.mounts.map(({ from, to, writable }) => ({
    from: namedPath(lab, from),
    to,
    writable,
  }));
  // Docker's have a volume there.
  if (!hasSeveralServers(lab.config) || driver === "docker") return named;
  return [...named, { from: registryDir(lab.id), to: sharedStore, writable: true, onServers: true }];
}

/** Machines that have the folder keep it, and the same one: without it, or with another user's, they would have to be restarted. */
function cacheMount({ config }: Pick<Lab, "config">, remembered: Machines | undefined): readonly Mount[] {
  const known = remembered?.mounts?.filter(({ to }) => to === cachedImages.inside) ?? [];
  if (known.length > 0 || config.registry.cache.length === 0) return known;
  return [{ from: cachedImages.onHost(), to: cachedImages.inside, writable: true }];
}

/** Of a virtual machine only it can tell: what it told when it last ran, or else what most boxes call it. */
function inside(
  driver: Machines["driver"],
  known: { readonly interface?: string; readonly serviceManager?: ServiceManagerName | undefined } = {},
): Pick<Machine, "interface" | "serviceManager"> {
  const { interface: link = driver === "vagrant" ? "eth1" : "eth0", serviceManager } = known;
  return { interface: link, ...(serviceManager && { serviceManager }) };
}

function hardwareOf(
  { config }: Pick<Lab, "config">,
  provider: VirtualHardware["provider"],
  emulate: boolean,
): VirtualHardware {
  const { box, cpus, memory } = config.machines.vagrant;
  return { provider, box, cpus, memory, emulate };
}

/** Machines that are made keep what they are made of: another driver, box, private network or (libvirt) bridge takes other machines. */
function refuseOtherMachines({ file }: Pick<Lab, "file">, wanted: Machines, was: Fixed): void {
  const is = fixedIn(wanted);
  const changed = Object.entries(was).find(([key, value]) => value !== undefined && is[key] !== value);
  if (changed === undefined) return;
  const [key, value] = changed;
  const what = `${key}: is ${is[key] ?? "gone"}, and the machines were made with ${value}`;
  const remedy = "`npm run lab:up` asks, and makes all of them again; or write what it was.";
  throw new Problem("LAB-MCH-009", file, what, { remedy });
}

/** What of lab.yaml machines are made of for good, by its keys; undefined where it does not matter, or is not known. */
type Fixed = Readonly<Record<string, string | undefined>>;

function fixedInStanding({ provider, box }: Standing): Fixed {
  return {
    "machines.provider": driverOf(provider),
    "machines.vagrant.provider": isVagrant(provider) ? provider : undefined,
    "machines.vagrant.box": box,
  };
}

function fixedIn({ driver, vagrant, lan }: Machines): Fixed {
  return {
    "machines.provider": driver,
    "machines.vagrant.provider": vagrant?.provider,
    "machines.vagrant.box": vagrant?.box,
    // The cluster's certificates and data name every address.
    "network.subnet": lan.kind === "private" ? String(lan.subnet) : undefined,
    "network.interface": vagrant?.provider === "libvirt" && lan.kind === "bridge" ? lan.bridge : undefined,
  };
}
