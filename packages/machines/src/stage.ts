import { existsSync } from "node:fs";
import { programsStep } from "@k3s-lab/host";
import { type HostNetwork, pickResolvers } from "@k3s-lab/host-network";
import { type Lab, machineProvider } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import { type Decision, stage } from "@k3s-lab/stages";
import { checkHost, noteOnDisk } from "./check-host.js";
import { decideDocker } from "./decide-docker.js";
import { describeMachines } from "./describe-machines.js";
import { decideMachines, type Network } from "./decide-machines.js";
import { madeOn } from "./drivers/lxc/state.js";
import { kvmFault } from "./drivers/vagrant/kvm.js";
import { programsOf } from "./drivers/vagrant/host-needs.js";
import { buildPrograms, programs } from "./host-needs.js";
import type { Machines } from "./machine.js";
import { machinesRecord } from "./record.js";
import { requireRootFor } from "./require-root.js";
import { rootfsPath, serviceManagerOn } from "./rootfs/path.js";
import { remainsOf, standingOf } from "./standing.js";
import { boxStep } from "./steps/add-box.js";
import { rootfsStep } from "./steps/build-rootfs.js";
import { imageStep } from "./steps/docker-steps.js";
import { machinesSteps, repairNodesSteps } from "./steps/machines-steps.js";
import { removeMachines } from "./steps/remove-machines.js";
import { stopMachines } from "./steps/stop-machines.js";

type Upstream = Readonly<{ hostNetwork: HostNetwork }>;

/** Computers on the LAN, each with a durable address, route and resolver. */
export const machinesStage = stage<"machines", Machines, Upstream>({
  name: "machines",
  key: "machines",
  record: machinesRecord,
  fetch: ({ config }) => {
    const provider = machineProvider(config);
    const { install } = config.host;
    if (provider === "docker") return [imageStep(config.machines.docker.image, install)];
    if (provider !== "lxc") {
      return [programsStep(programsOf(provider), install), boxStep({ box: config.machines.vagrant.box, provider })];
    }
    const needed = existsSync(rootfsPath()) ? programs : [...programs, ...buildPrograms];
    return [programsStep(needed, install), rootfsStep()];
  },
  checkHost,
  decide,
  steps: ({ lab, values }) => machinesSteps(lab, values.machines),
  repairs: ({ lab, values }) => repairNodesSteps(lab, values.machines),
  stopping: (lab) => stopMachines(lab),
  removal: removeMachines,
  remains: async (lab) => remainsOf(lab),
  describe: (lab) => describeMachines(lab),
});

async function decide(decision: Decision<Machines, Upstream>): Promise<Machines> {
  const { lab, recorded, mayAsk, note } = decision;
  if (mayAsk) requireRootFor(lab, "lab:up");
  const fullness = noteOnDisk(lab);
  if (fullness !== undefined) note(fullness);
  const standing = recorded === undefined ? standingOf(lab) : undefined;
  // Machines that are made keep what they were made with.
  const isNew = recorded === undefined && standing === undefined;
  const emulate = isNew && machineProvider(lab.config) === "libvirt" && (await mustEmulate(lab, note));
  const docker = machineProvider(lab.config) === "docker" ? await decideDocker(decision) : undefined;
  const network = await withResolvers(decision);
  // A machine stays on the root file system that it was made on.
  const inContainer = (name: string) => serviceManagerOn(madeOn(lab.id, name) ?? rootfsPath());
  return decideMachines(lab, network, { remembered: recorded, standing, emulate, docker, inContainer });
}

/** Picks the resolvers. The host's search domains apply only with the servers that the host itself asks. */
async function withResolvers(decision: Decision<Machines, Upstream>): Promise<Network> {
  const { lab, upstream, recorded } = decision;
  const { search, ...network } = upstream.hostNetwork;
  const picked = await pickResolvers({ ...decision, network, known: recorded });
  const keeps = search !== undefined && (picked.insteadOf === undefined || lab.config.network.search !== "auto");
  return { ...network, ...picked, ...(keeps && { search }) };
}

async function mustEmulate({ config, file }: Lab, note: (message: string) => void): Promise<boolean> {
  const fault = await kvmFault();
  if (fault === undefined) return false;
  if (!config.machines.vagrant.emulate) {
    throw new Problem("LAB-MCH-017", "host", `KVM does not work: ${fault}`, {
      remedy: `Load kvm_intel or kvm_amd, or allow emulation, which is 13 to 36 times slower: machines.vagrant.emulate: true in ${file}.`,
    });
  }
  note(`processors are emulated, 13 to 36 times slower: ${fault}`);
  return true;
}
