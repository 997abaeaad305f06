import { type Step, step } from "@k3s-lab/steps";
import { ensureModules, missingModules } from "./modules.js";
import { ensurePrograms, type InstallOptions, missingPrograms, type Program } from "./programs.js";

/** Programs that a stage needs of the host. */
export function programsStep(programs: readonly Program[], install: InstallOptions["install"]): Step {
  return step<readonly Program[]>({
    id: "find-programs",
    title: "Find programs",
    observe: async () => missingPrograms(programs),
    plan: (missing) =>
      missing.length === 0
        ? []
        : [
            {
              sentence: `host: install ${[...new Set(missing.map((program) => program.package))].join(", ")}`,
              run: ({ progress }) => ensurePrograms(missing, { install, note: progress }),
            },
          ],
  });
}

/** Modules that containers cannot load, or that a link is made of. */
export function modulesStep(modules: readonly string[]): Step {
  return step<readonly string[]>({
    id: "load-kernel-modules",
    title: "Load kernel modules",
    observe: async () => missingModules(modules),
    plan: (missing) =>
      missing.length === 0
        ? []
        : [{ sentence: `host: load kernel modules ${missing.join(", ")}`, run: () => ensureModules(missing) }],
  });
}
