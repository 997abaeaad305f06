import { heldSysctls, releaseSysctls } from "@k3s-lab/host";
import type { Lab } from "@k3s-lab/lab";
import { type Step, step } from "@k3s-lab/steps";
import { forgetStateStep } from "@k3s-lab/stages";
import { destroyMachine } from "../drivers/lxc/destroy.js";
import { leftOvers, machinesThere, removeLeftOvers } from "../drivers/lxc/left-over.js";
import { sysctls } from "../host-needs.js";
import { isDockers, requireRoot } from "../require-root.js";
import { diskOf } from "./make-machines.js";
import { removeDocker } from "./remove-docker.js";
import { removeVirtualMachines } from "./remove-virtual-machines.js";

/** Takes all machines of a lab off the host, found by its id alone. */
export function removeMachines(lab: Pick<Lab, "id" | "config" | "state">): readonly Step[] {
  return [
    ...removeVirtualMachines(lab),
    ...(isDockers(lab) ? removeDocker(lab) : []),
    endMachinesStep(lab.id),
    removeLeftOversStep(lab.id),
    releaseSysctlsStep(lab.id),
    forgetStateStep("forget-machines", "Forget machines", lab, ["machines"]),
  ];
}

function endMachinesStep(labId: string): Step {
  return step<readonly string[]>({
    id: "remove-machines",
    title: "Remove machines",
    parallel: true,
    observe: async () => machinesThere(labId),
    plan: (names) =>
      names.map((name) => ({
        on: name,
        kind: "remove",
        destroys: diskOf(name),
        sentence: `${name}: end and remove the machine`,
        run: async () => {
          requireRoot("lab:down");
          await destroyMachine(labId, name);
        },
      })),
  });
}

function removeLeftOversStep(labId: string): Step {
  return step<boolean>({
    id: "remove-what-machines-left",
    title: "Remove what machines left",
    observe: async () => leftOvers(labId).length > 0,
    plan: (isSome) =>
      isSome
        ? [
            {
              on: "host",
              kind: "remove",
              sentence: "host: remove the machines' folders and cgroups",
              run: () => removeLeftOvers(labId),
            },
          ]
        : [],
  });
}

function releaseSysctlsStep(labId: string): Step {
  const keys = Object.keys(sysctls);
  return step<readonly string[]>({
    id: "release-sysctls",
    title: "Release sysctls",
    // Others that the lab holds are another stage's.
    observe: async () => Object.keys(heldSysctls(labId)).filter((key) => keys.includes(key)),
    plan: (held) =>
      held.length === 0
        ? []
        : [
            {
              on: "host",
              kind: "change",
              sentence: `host: put back ${held.length} sysctls`,
              run: () => releaseSysctls(labId, { keys: held }),
            },
          ],
  });
}
