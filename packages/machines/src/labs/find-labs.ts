import { labOfLink } from "@k3s-lab/host-network/names";
import { isInstalled, systemDir } from "@k3s-lab/host";
import type { VagrantProvider } from "@k3s-lab/lab";
import { machinesThere } from "../drivers/lxc/left-over.js";
import { hasSocket } from "../drivers/lxc/state.js";
import { allMachines } from "../drivers/vagrant/hypervisor.js";
import { list } from "../places.js";
import { dockerFinds } from "./docker-finds.js";
import type { Finds, FoundLab } from "./found.js";

/** Finds the labs of this host by what they have there: disks, links, containers of Docker, virtual machines. */
export async function findLabs(): Promise<readonly FoundLab[]> {
  const hypervisors: readonly VagrantProvider[] = ["libvirt", "virtualbox"];
  const finds = await Promise.all([
    containerFinds(),
    dockerFinds(),
    ...hypervisors.map((provider) => hypervisorFinds(provider)),
  ]);
  return joinFinds(finds, new Set(list("/sys/class/net").flatMap((link) => labOfLink(link) ?? [])));
}

/** Joins what was found, by the labs' ids. */
export function joinFinds(finds: readonly Finds[], networks: ReadonlySet<string>): readonly FoundLab[] {
  const machines = finds.flatMap((each) => each.machines);
  const others = finds.flatMap((each) => each.labs);
  const ids = new Set([...networks, ...machines.map(({ lab }) => lab), ...others.map(({ lab }) => lab)]);
  return [...ids].toSorted().map((id) => {
    const own = machines.filter(({ lab }) => lab === id);
    const rest = others.filter(({ lab }) => lab === id);
    const providers = new Set([...own, ...rest].flatMap(({ provider }) => provider ?? []));
    return { id, machines: own, providers: [...providers], hasNetwork: networks.has(id) };
  });
}

/** Any user may see which folders and sockets there are. */
function containerFinds(dir = systemDir): Finds {
  if (process.platform !== "linux") return { machines: [], labs: [] };
  const ids = list(dir).filter((name) => /^[0-9a-f]{6}$/.test(name));
  const machines = ids.flatMap((lab) =>
    machinesThere(lab).map((name) => ({ lab, name, provider: "lxc" as const, isRunning: hasSocket(lab, name) })),
  );
  return { machines, labs: ids.map((lab) => ({ lab, provider: "lxc" as const })) };
}

async function hypervisorFinds(provider: VagrantProvider): Promise<Finds> {
  // VirtualBox is looked for where its installer puts it, too.
  if (provider === "libvirt" && !isInstalled("virsh")) return { machines: [], labs: [] };
  return { machines: (await allMachines(provider)).map((machine) => ({ ...machine, provider })), labs: [] };
}
