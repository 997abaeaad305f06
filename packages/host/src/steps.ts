import { type Step, step } from "@k3s-lab/steps";
import { ensureModules, missingModules } from "./modules.js";
import {
  cannotInstall,
  ensurePrograms,
  type InstallOptions,
  missingPrograms,
  packagesOf,
  type Program,
} from "./programs.js";

/** Finds the programs that a stage needs on the host, and installs those that are missing. */
export function programsStep(programs: readonly Program[], install: InstallOptions["install"]): Step {
  return step<readonly Program[]>({
    id: "find-programs",
    title: "Find programs",
    observe: async () => missingPrograms(programs),
    plan: (missing) => {
      if (missing.length === 0) return [];
      return (
        cannotInstall(missing, install) ?? [
          {
            on: "host",
            kind: "make",
            sentence: `host: install ${packagesOf(missing).join(", ")}`,
            run: ({ progress }) => ensurePrograms(missing, { install, note: progress }),
          },
        ]
      );
    },
  });
}

/** Loads the modules that containers cannot load, or that a link is made of. */
export function modulesStep(modules: readonly string[]): Step {
  return step<readonly string[]>({
    id: "load-kernel-modules",
    title: "Load kernel modules",
    observe: async () => missingModules(modules),
    plan: (missing) => {
      if (missing.length === 0) return [];
      const off = missing.includes("br_netfilter") ? ", and keep br_netfilter off the host's own bridges" : "";
      return [
        {
          on: "host",
          kind: "change",
          sentence: `host: load kernel modules ${missing.join(", ")}${off}`,
          run: () => ensureModules(missing),
        },
      ];
    },
  });
}
